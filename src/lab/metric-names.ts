// Which metrics may be recorded; checked where the job reports them, so that its own stack says where.

/** Throws unless `step` is a whole number from 0 and each value a number with a plain name. */
export function checkMetrics(step: number, values: Readonly<Record<string, number>>): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new Error(`metrics: step must be a whole number from 0, got ${step}`);
  }
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "number") {
      throw new Error(`metrics: ${name} must be a number, got ${typeof value}`);
    }
    if (!/^[\w./-]{1,100}$/.test(name)) {
      throw new Error(
        `metrics: name ${JSON.stringify(name.slice(0, 120))} is not allowed; use up to 100 ` +
          'letters, digits, "_", "-", "." and "/"',
      );
    }
  }
}
