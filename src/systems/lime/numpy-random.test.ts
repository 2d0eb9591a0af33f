// NumPy's stream and the normal distribution against recorded draws of NumPy and SciPy.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { drawTruncated, inverseNormal, normalCdf, truncatedNormal } from "./normal.ts";
import { NumpyRandom } from "./numpy-random.ts";

it("repeats RandomState(12345) over all kinds of draws", async () => {
  const file = new URL("./fixtures/numpy-golden.json", import.meta.url);
  const { cases } = JSON.parse(await readFile(file, "utf8")) as { cases: { values: number[] }[] };
  const random = new NumpyRandom(12345);
  const times = <T>(count: number, draw: () => T) => Array.from({ length: count }, draw);
  const cumulative = [0.1, 0.30000000000000004, 0.6000000000000001, 1];
  const drawn = [
    times(6, () => random.double()),
    times(12, () => random.randint(1, 31)),
    [...random.permutation(10)],
    times(7, () => random.gauss()),
    times(10, () => {
      const u = random.double();
      return cumulative.findIndex((bound) => bound > u);
    }),
    times(3, () => random.double()),
  ];
  cases.forEach(({ values }, i) => {
    expect(drawn[i]).toEqual(values);
  });
});

it("the largest seed works", () => {
  // RandomState(2**32 - 1).random_sample()
  expect(new NumpyRandom(2 ** 32 - 1).double()).toBe(0.0976320289940138);
});

it("normal distribution: values of SciPy's ndtr, ndtri and truncnorm.ppf", () => {
  for (const [x, p] of [
    [-9.0, 1.1285884059538324e-19],
    [-4.0, 3.167124183311986e-5],
    [-2.5, 0.006209665325776132],
    [-0.3, 0.3820885778110474],
    [0.0, 0.5],
    [1.7, 0.955434537241457],
    [5.0, 0.9999997133484281],
  ])
    expect(normalCdf(x!) / p!).toBeCloseTo(1, 11);
  for (const [p, x] of [
    [1e-20, -9.262340089798409],
    [1e-9, -5.9978070150076865],
    [0.01, -2.3263478740408408],
    [0.2, -0.8416212335729142],
    [0.5, 0.0],
    [0.9, 1.2815515655446004],
    [0.9999, 3.719016485455709],
  ])
    expect(inverseNormal(p!)).toBeCloseTo(x!, 12);
  for (const [low, high, u, x] of [
    [-1.0, 0.5, 0.3, -0.4719046732279324],
    [2.0, 3.0, 0.6, 2.32973837113577],
    [5.0, 9.0, 0.1, 5.020276020964647],
    [-3.0, -2.0, 0.5, -2.255530820420438],
    [-100000000000.0, 0.0, 0.25, -1.1503493803760079],
    [0.0, 10000000000.0, 0.75, 1.1503493803760079],
  ]) {
    expect(drawTruncated(truncatedNormal(low!, high!), u!)).toBeCloseTo(x!, 10);
  }
});
