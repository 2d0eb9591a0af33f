/** @file The places in a model that hold tensors, with their paths. */
import { isFloat, Tensor, ValueError } from "../engine/index.ts";

/** A field or element that holds a tensor. */
export interface Slot {
  readonly path: string;
  readonly tensor: Tensor;
  /** Whether the module it belongs to names it in `static buffers`. */
  readonly isBuffer: boolean;
  readonly frozen: boolean;
  set(value: Tensor): void;
}

/** Which paths are meant: an expression to find in it, a path or its beginning, or a test. */
export type Match = RegExp | string | ((path: string, tensor: Tensor) => boolean);

/** The test that a `Match` stands for. A string matches a whole path or the names it begins with. */
export function matcher(match?: Match): (path: string, tensor: Tensor) => boolean {
  if (match === undefined) return () => true;
  if (typeof match === "function") return match;
  if (typeof match === "string") return (path) => path === match || path.startsWith(`${match}.`);
  // A global expression would remember where it stopped.
  const expression = new RegExp(match.source, match.flags.replace(/[gy]/g, ""));
  return (path) => expression.test(path);
}

/** Whether a slot is trained unless it is frozen. */
export function isParameter({ tensor, isBuffer }: Slot): boolean {
  return !isBuffer && isFloat(tensor.dtype);
}

interface Owner {
  readonly constructor?: { readonly buffers?: readonly string[] };
  readonly _frozen?: readonly string[];
}

/**
 * All places below `root` that hold tensors, in the order of their fields.
 * @throws ValueError where one tensor or module stands in two places: after a step they would differ
 */
export function tensorSlots(root: object): Slot[] {
  const slots: Slot[] = [];
  const seen = new Map<object, string>();
  const claim = (value: object, path: string): void => {
    const before = seen.get(value);
    if (before !== undefined) {
      throw new ValueError(
        `model: ${path || "the root"} and ${before || "the root"} hold one and the same object, but the two would go ` +
          "apart in a compiled step. Keep it in one field and use it from there in forward.",
      );
    }
    seen.set(value, path);
  };
  const visit = (owner: object, prefix: string, frozen: ReadonlySet<string>): void => {
    claim(owner, prefix);
    const own = (owner as Owner)._frozen;
    const inForce = own ? new Set([...frozen, ...own.map((p) => join(prefix, p))]) : frozen;
    const names = (owner as Owner).constructor?.buffers ?? [];
    for (const [key, value] of Object.entries(owner)) {
      const path = join(prefix, key);
      if (value instanceof Tensor) {
        claim(value, path);
        slots.push({
          path,
          tensor: value,
          isBuffer: Array.isArray(names) && names.includes(key),
          frozen: inForce.has(path),
          set(next) {
            (owner as Record<string, unknown>)[key] = next;
          },
        });
      } else if (isSearched(value)) visit(value, path, inForce);
    }
  };
  visit(root, "", new Set());
  return slots;
}

function isSearched(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

function join(prefix: string, name: string): string {
  return prefix ? `${prefix}.${name}` : name;
}
