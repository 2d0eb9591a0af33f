// From the names of HiPlot's files to those of the view.
import type { ValueDef } from "../../systems/hiplot/core/types.ts";
import type { ExperimentSettings } from "../../systems/hiplot/core/wire.ts";
import type { PlotSettings } from "./model.ts";

/** The settings of an experiment object. */
export function settingsOf(experiment: ExperimentSettings): PlotSettings {
  const definitions: Record<string, ValueDef> = {};
  for (const [name, given] of Object.entries(experiment.parameters_definition ?? {})) {
    definitions[name] = {
      type: given.type,
      colors: given.colors,
      colormap: given.colormap,
      forceValueMin: given.force_value_min,
      forceValueMax: given.force_value_max,
      labelCss: given.label_css,
      labelHtml: given.label_html,
    };
  }
  const { colorby, colormap, weightcolumn, display_data } = experiment;
  return { definitions, colorby, colormap, weightcolumn, displayData: display_data };
}
