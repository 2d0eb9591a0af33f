// A column's definition as an object that can be written to, under the names of both languages.
import type { ParamType, ValueDef, ValueDefJson } from "./core/types.ts";

/** What the user lays down for a column. The snake-case names are those of HiPlot in Python. */
export class ValueDefinition implements ValueDef {
  type: ParamType | null = null;
  colors: Record<string, string> | null = null;
  colormap: string | null = null;
  forceValueMin: number | null = null;
  forceValueMax: number | null = null;
  labelCss: string | null = null;
  labelHtml: string | null = null;

  constructor(def: ValueDef = {}) {
    Object.assign(this, def);
  }

  /** Makes the axis reach from `minimum` to `maximum` at least. */
  forceRange(minimum: number, maximum: number): this {
    this.forceValueMin = minimum;
    this.forceValueMax = maximum;
    return this;
  }

  force_range(minimum: number, maximum: number): this {
    return this.forceRange(minimum, maximum);
  }

  get force_value_min(): number | null {
    return this.forceValueMin;
  }

  set force_value_min(value: number | null) {
    this.forceValueMin = value;
  }

  get force_value_max(): number | null {
    return this.forceValueMax;
  }

  set force_value_max(value: number | null) {
    this.forceValueMax = value;
  }

  get label_css(): string | null {
    return this.labelCss;
  }

  set label_css(value: string | null) {
    this.labelCss = value;
  }

  get label_html(): string | null {
    return this.labelHtml;
  }

  set label_html(value: string | null) {
    this.labelHtml = value;
  }

  toJSON(): ValueDefJson {
    return {
      type: this.type,
      colors: this.colors,
      colormap: this.colormap,
      force_value_min: this.forceValueMin,
      force_value_max: this.forceValueMax,
      label_css: this.labelCss,
      label_html: this.labelHtml,
    };
  }

  static fromJson(json: ValueDefJson): ValueDefinition {
    return new ValueDefinition({
      type: json.type ?? null,
      colors: json.colors ?? null,
      colormap: json.colormap ?? null,
      forceValueMin: json.force_value_min ?? null,
      forceValueMax: json.force_value_max ?? null,
      labelCss: json.label_css ?? null,
      labelHtml: json.label_html ?? null,
    });
  }
}

/** Definitions by column that come into being when first asked for, as in Python's `defaultdict`. */
export function definitionsOnDemand(
  definitions: Record<string, ValueDef>,
): Record<string, ValueDefinition> {
  return new Proxy(definitions as Record<string, ValueDefinition>, {
    get(target, key) {
      if (typeof key === "symbol") return Reflect.get(target, key);
      if (!Object.hasOwn(target, key)) target[key] = new ValueDefinition();
      else if (!(target[key] instanceof ValueDefinition)) {
        target[key] = new ValueDefinition(target[key]);
      }
      return target[key];
    },
  });
}

/** Definitions that users wrote as plain objects, under the names of either language. */
export function definitionsOf(
  given: Readonly<Record<string, ValueDef>>,
): Record<string, ValueDefinition> {
  return Object.fromEntries(
    Object.entries(given).map(([name, def]) => [name, new ValueDefinition(def)]),
  );
}
