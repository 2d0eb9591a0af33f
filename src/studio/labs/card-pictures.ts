// What the cards show of systems that have not been run here: numbers of a real run, made by `npm run pictures`.
import recorded from "./card-pictures.json" with { type: "json" };

/** Numbers of one run, and how they are drawn. */
export type CardPicture = {
  /** The run's name, and the day it was made. */
  readonly run: string;
  readonly date: string;
} & (
  | {
      readonly kind: "curves";
      readonly lines: readonly (readonly number[])[];
      readonly figure: string;
    }
  | {
      readonly kind: "bars";
      readonly bars: readonly { readonly label: string; readonly value: number }[];
    }
  | { readonly kind: "parallel"; readonly rows: readonly (readonly number[])[] }
);

/** By the first word of the system's labs. */
export const cardPictures = recorded as unknown as Readonly<Partial<Record<string, CardPicture>>>;
