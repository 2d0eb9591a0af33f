/** @file The data packages against figures that their makers publish. */
import { expect, it } from "vitest";
import { loadMnist, pixelsToFloats } from "./mnist.ts";
import { loadSpamAssassin } from "./spam-assassin.ts";

it("SpamAssassin: all mails of all groups, without headers", async () => {
  const { mails, texts, labels, classes } = await loadSpamAssassin();
  const count = (group: string) => mails.filter((mail) => mail.group === group).length;
  const groups = ["easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"];
  expect(groups.map(count)).toEqual([2500, 1400, 250, 500, 1396]);
  expect(labels.reduce((sum, label) => sum + label, 0)).toBe(1896);
  expect([classes, texts.length]).toEqual([["ham", "spam"], 6046]);
  const first = mails.find((mail) => mail.group === "spam-1" && mail.name === "00001")!;
  expect(first.subject).toBe("Life Insurance - Why Pay More?");
  expect(first.body).toMatch(/^Save up to 70% on Life Insurance\.\n\nWhy Spend More/);
  const withHeaders = texts.filter((text) => /^(Received|Return-Path|X-Spam)/.test(text));
  expect(withHeaders).toEqual([]);
  const unreadable = texts.filter((text) => text.split("\ufffd").length > 5);
  expect(unreadable.length).toBeLessThan(30);
  expect(texts.filter((text) => text.trim() === "").length).toBeLessThan(5);
});

it("MNIST: counts, digits and the mean and deviation of the pixels", async () => {
  const { train, test } = await loadMnist();
  expect([train.count, test.count]).toEqual([60_000, 10_000]);
  expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  let sum = 0;
  let squares = 0;
  for (const value of train.pixels) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / train.pixels.length;
  expect(mean / 255).toBeCloseTo(0.1307, 4);
  expect(Math.sqrt(squares / train.pixels.length - mean ** 2) / 255).toBeCloseTo(0.3081, 4);
  expect(pixelsToFloats(Uint8Array.of(0, 255))).toEqual(Float32Array.of(0, 1));
});
