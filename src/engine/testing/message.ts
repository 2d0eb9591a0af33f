/** @file Error messages as tests compare them. */

/** The name and first line of what a call throws; further lines say where operands were made. */
export function errorLine(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message.split("\n")[0]}`;
  }
  return "no error";
}
