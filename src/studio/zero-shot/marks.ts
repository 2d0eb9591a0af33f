// Marks of labels: colours that the colour-blind tell apart (Okabe and Ito 2008), and a shape for each round of them.

/** Shapes of marks, in the order in which labels get them. */
export const shapes = ["circle", "square", "triangle", "diamond"] as const;

/** One of the shapes. */
export type Shape = (typeof shapes)[number];

const colours = {
  light: ["#0072b2", "#d55e00", "#00805e", "#a8508a", "#9a6a00", "#2b2f36", "#3a8fc2"],
  dark: ["#4fa8e6", "#ff8a3d", "#2fc99a", "#e79ac6", "#f0c040", "#e8edf2", "#9fd8ff"],
};

/** What a label looks like. */
export interface Mark {
  readonly colour: string;
  readonly shape: Shape;
}

/** Marks by label number: 28 differ, then they begin anew. */
export function markOf(label: number, dark: boolean): Mark {
  const palette = dark ? colours.dark : colours.light;
  const round = Math.floor(label / palette.length);
  return { colour: palette[label % palette.length], shape: shapes[round % shapes.length] };
}

/** Adds the outline of a mark to a path; `radius` is half its width. */
export function outline(
  path: Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "arc" | "rect" | "closePath">,
  shape: Shape,
  x: number,
  y: number,
  radius: number,
): void {
  if (shape === "circle") {
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (shape === "square") {
    path.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
  } else if (shape === "triangle") {
    path.moveTo(x, y - 1.25 * radius);
    path.lineTo(x + 1.1 * radius, y + 0.8 * radius);
    path.lineTo(x - 1.1 * radius, y + 0.8 * radius);
    path.closePath();
  } else {
    path.moveTo(x, y - 1.35 * radius);
    path.lineTo(x + 1.15 * radius, y);
    path.lineTo(x, y + 1.35 * radius);
    path.lineTo(x - 1.15 * radius, y);
    path.closePath();
  }
}

const drawn: Readonly<Record<Exclude<Shape, "circle">, string>> = {
  square: "2,2 10,2 10,10 2,10",
  triangle: "6,1 11,10.5 1,10.5",
  diamond: "6,0.5 11,6 6,11.5 1,6",
};

/** Corners of a mark in a box of 12 by 12; null for a circle. */
export function cornersOf(shape: Shape): string | null {
  return shape === "circle" ? null : drawn[shape];
}
