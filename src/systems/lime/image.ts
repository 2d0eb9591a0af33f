// Explains a picture's class: which regions the model's output hangs on.
import type { Explained, FitOptions, Predict } from "./api.ts";
import { LimeError } from "./errors.ts";
import { explainSubject } from "./explain.ts";
import { fingerprint } from "./image/fingerprint.ts";
import { hider } from "./image/hide.ts";
import { findSegments, type RegionMap } from "./image/regions.ts";
import { maskPerturbation } from "./neighbourhood/masks.ts";
import type { Subject } from "./neighbourhood/perturbation.ts";
import { randomSource } from "./random.ts";
import type { SegmentSpec } from "./segment/index.ts";
import { checkImage, type ImageLike } from "./segment/picture.ts";

/** Options of `explainImage`. */
export interface ImageOptions extends FitOptions {
  /** The region of each pixel [height x width], or how to find them. Default: quickshift, kernel 4. */
  readonly segments?: Int32Array | SegmentSpec;
  /** What hidden regions show, one value for all channels or for each; default: each region's own mean colour. */
  readonly hideColor?: readonly number[];
  /** Pixels a picture may have. Default 16 million. */
  readonly maxPixels?: number;
}

/** A picture's explanation; the features are regions, named by their number. */
export interface ImageExplanation extends Explained<ImageLike> {
  readonly kind: "image";
  readonly image: ImageLike;
  /** The region of each pixel [height x width]. */
  readonly segments: Int32Array;
}

/** Classes explained where no option says otherwise. */
const usualLabels = 5;

/**
 * Explains an image classifier at one picture (Ribeiro et al. 2016, section 3.6): hides each region
 * with probability 1/2 in every neighbour and fits a linear model on what is shown. Defaults: 1,000
 * neighbours, the 5 most probable classes, all regions, kernel width 0.25 on cosine distance.
 */
export async function explainImage(
  image: ImageLike,
  predict: Predict<ImageLike>,
  options: ImageOptions = {},
): Promise<ImageExplanation> {
  checkImage(image);
  const { hideColor: given, antithetic = false, maxPixels = 16_000_000 } = options;
  const [height, width, channels] = image.shape;
  const hideColor = given?.length === 1 ? Array<number>(channels).fill(given[0]!) : given;
  if (height * width > maxPixels) {
    throw new LimeError("image", {
      expected: `at most ${maxPixels} pixels`,
      received: `${width} x ${height}`,
      hint: "Raise `maxPixels`, or reduce the picture to the size that the model reads.",
    });
  }
  if (hideColor !== undefined && hideColor.length !== channels) {
    throw new LimeError("hideColor", {
      expected: `${channels} values, one per channel`,
      received: `${hideColor.length}`,
    });
  }
  const random = randomSource(options);
  // The reference draws a seed for its segmenter first; ours need none.
  if (options.rng === "numpy") random.randint(0, 1000);
  const regions = findSegments(image, options.segments);
  const { show, unchanged } = hider(image, regions, hideColor);
  const columns = regions.count;
  const perturbation = maskPerturbation({
    columns,
    design: "halves",
    random,
    antithetic,
    input: show,
  });
  const names = Array.from({ length: columns }, (_, region) => `region ${region}`);
  const result = await explainSubject(
    imageSubject(perturbation, names, image, regions, hideColor),
    predict,
    withUsualLabels(options),
  );
  const capped = options.topLabels === undefined ? `topLabels ${usualLabels} ` : undefined;
  const notes = result.notes.filter((note) => !capped || !note.startsWith(capped));
  if (columns === 1) notes.push("The picture is one single region: there is one weight.");
  if (unchanged > 0) {
    notes.push(
      `${unchanged} of ${columns} regions look the same when hidden, so their weights say nothing: set \`hideColor\`.`,
    );
  }
  return {
    kind: "image",
    image,
    segments: regions.labels,
    features: names,
    ...result,
    notes,
    hide: (hidden) => {
      const mask = new Uint8Array(columns).fill(1);
      for (const region of hidden) mask[region] = 0;
      return show(mask);
    },
  };
}

function imageSubject(
  perturbation: Subject<ImageLike>["perturbation"],
  names: readonly string[],
  image: ImageLike,
  regions: RegionMap,
  hideColor: readonly number[] | undefined,
): Subject<ImageLike> {
  return {
    perturbation,
    names,
    mode: "classification",
    id: JSON.stringify([
      "image",
      image.shape,
      fingerprint(image.data),
      fingerprint(regions.labels),
      hideColor ?? null,
    ]),
    defaults: {
      distance: "cosine",
      distanceScale: 1,
      kernelWidth: 0.25,
      samples: 1000,
      features: 100_000,
      batchSize: 10,
    },
  };
}

function withUsualLabels(options: ImageOptions): ImageOptions {
  const { labels, topLabels } = options;
  return labels === undefined && topLabels === undefined
    ? { ...options, topLabels: usualLabels }
    : options;
}
