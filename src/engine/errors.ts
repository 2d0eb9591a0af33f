/** @file The engine's error classes; messages name the op, the argument, what was expected and what came. */

/** Shapes or axes that do not fit the op. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** An element type that the op does not take. */
export class DTypeError extends Error {
  override readonly name = "DTypeError";
}

/** A value, option or index outside what the op takes. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/** A computation that the chosen backend or provider cannot run; names the op. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}

/** A tensor used after it was disposed of or donated. */
export class DisposedError extends Error {
  override readonly name = "DisposedError";
}
