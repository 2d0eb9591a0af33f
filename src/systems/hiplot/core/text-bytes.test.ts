import { expect, it } from "vitest";
import { bytesOfText, textOfBytes } from "./text-bytes.ts";

it("keeps every byte, without letters that HTML changes, in 8 letters for 7 bytes", () => {
  for (const length of [0, 1, 6, 7, 8, 70_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * i * 31 + i) & 255);
    const text = textOfBytes(bytes);
    expect(bytesOfText(text)).toEqual(bytes);
    expect(text).not.toMatch(/[\0\r\n<]/);
    expect(text.length).toBe(Math.ceil((length * 8) / 7) + String(length).length + 1);
  }
});
