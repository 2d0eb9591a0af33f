/** @file Mails: each encoding and structure, and the slips that real mails have. */
import { describe, expect, it } from "vitest";
import { decodeEntities, htmlToText } from "./html-text.ts";
import { parseMail } from "./mime.ts";

function mail(...lines: string[]): ReturnType<typeof parseMail> {
  return parseMail(Buffer.from(lines.join("\r\n"), "latin1"));
}

describe("plain mails", () => {
  it("gives subject and body alone", () => {
    const parsed = mail(
      "From someone@example.com  Thu Aug 22 13:17:22 2002",
      "Received: from x (x [1.2.3.4])",
      "\tby y",
      "Subject: Hello",
      "  again",
      "",
      "Dear all,",
      "",
      "",
      "",
      "bye  ",
    );
    expect(parsed).toEqual({ subject: "Hello again", body: "Dear all,\n\nbye" });
  });

  it("decodes words, quoted-printable and base64 in their charsets", () => {
    const utf8 = Buffer.from("Grüße 👋").toString("base64");
    expect(
      mail("Subject: =?iso-8859-1?Q?Gr=FC=DFe_an?= =?UTF-8?B?4oKs?= all", "", "").subject,
    ).toBe("Grüße an€ all");
    const quoted = mail(
      "Content-Type: text/plain; charset=windows-1251",
      "Content-Transfer-Encoding: Quoted-Printable",
      "",
      "=CF=F0=E8=E2=\t",
      "=E5=F2 =3D 1",
    );
    expect(quoted.body).toBe("Привет = 1");
    const coded = mail(
      'Content-Type: text/plain; charset="utf-8"',
      "Content-Transfer-Encoding: base64",
      "",
      utf8.slice(0, 8),
      utf8.slice(8),
      "--",
      "footer of a list!",
    );
    expect(coded.body).toBe("Grüße 👋");
    const japanese = mail(
      "Content-Type: text/plain; charset=iso-2022-jp",
      "",
      "\u001b$BF|K\\\u001b(B",
    );
    expect(japanese.body).toBe("日本");
  });

  it("reads bytes without or with a wrong charset as best it can", () => {
    expect(mail("", "caf\xe9").body).toBe("café");
    expect(mail("", "caf\xc3\xa9").body).toBe("café");
    expect(mail("Content-Type: text/plain; charset=unknown-8bit", "", "\x80 5").body).toBe("€ 5");
    const header = "Content-Type: text/plain; charset=koi8-r";
    expect(mail("Subject: \xf0\xf2", header, "", "x").subject).toBe("ПР");
  });
});

describe("multiparts", () => {
  const part = (type: string, ...body: string[]) => ["--b", `Content-Type: ${type}`, "", ...body];

  it("takes the plain text of alternatives, the HTML where that is empty", () => {
    const head = ['Content-Type: multipart/alternative; boundary="b"', ""];
    const html = part("text/html", "<p>rich &amp; bold</p>");
    expect(mail(...head, ...part("text/plain", "plain"), ...html, "--b--").body).toBe("plain");
    expect(mail(...head, ...part("text/plain", " "), ...html, "--b--").body).toBe("rich & bold");
  });

  it("joins mixed parts, follows nested and forwarded ones, leaves attachments out", () => {
    const inner = ["--c", "Content-Type: text/html", "", "<b>in</b>ner", "--c--"];
    const body = mail(
      "Content-Type: multipart/mixed;",
      "  boundary=b",
      "",
      "preamble",
      ...part("text/plain", "one"),
      ...part("multipart/alternative; boundary=c", ...inner),
      ...part("message/rfc822", "Subject: fwd", "", "two"),
      ...part("application/pdf", "JVBERi0="),
      "--b",
      "Content-Type: text/plain; name=x.txt",
      "Content-Disposition: attachment; filename=x.txt",
      "",
      "attached",
      "--b--",
      "epilogue",
    ).body;
    expect(body.split(/\s*\n\s*/)).toEqual(["one", "inner", "fwd", "two"]);
  });

  it("survives a missing end, a missing boundary, and endless nesting", () => {
    const cut = mail(
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...part("text/plain", "half"),
    );
    expect(cut.body).toBe("half");
    expect(mail("Content-Type: multipart/mixed", "", "text").body).toBe("text");
    const nested = `Content-Type: message/rfc822\r\n\r\n`.repeat(5000);
    expect(mail(`${nested}deep`).body).toBe("");
    expect(mail("").body).toBe("");
    expect(mail("no header at all, and: nothing more").body).toBe(
      "no header at all, and: nothing more",
    );
  });
});

describe("HTML", () => {
  it("keeps what a reader sees", () => {
    const html = `<html><head><title>t</title><style>p { color: red }</style></head>
      <body><!-- no --><p>First<br>second&nbsp;line</p><script>var a = "<b>";</script>
      <table><tr><td>a</td><td>b</td></tr></table>1 < 2 <a href="x">link</a>`;
    expect(htmlToText(html)).toBe("First\nsecond line\n\na b\n\n1 < 2 link");
  });

  it("reads on after what lacks its end", () => {
    expect(htmlToText("<style>p {} <p>seen <!-- open")).toBe("p {}\nseen");
    expect(htmlToText("text <a href='cut")).toBe("text");
  });

  it("resolves entities", () => {
    expect(
      decodeEntities("&lt;&eacute;&Eacute;&#8364;&#x20AC;&#146;&nbsp&bogus;&#0;&amp;lt;"),
    ).toBe("<éÉ€€’\u00a0&bogus;\ufffd&lt;");
  });

  it("is quick on hostile input", () => {
    const started = performance.now();
    htmlToText("<".repeat(1_000_000));
    htmlToText("<!--".repeat(300_000));
    htmlToText("<style>".repeat(200_000));
    htmlToText("<p ".repeat(300_000));
    htmlToText(`<a ${"\n ".repeat(500_000)}`);
    htmlToText(`a${"&nbsp; ".repeat(200_000)}b`);
    mail("Content-Type: multipart/mixed; boundary=b", "", "--b\r\n".repeat(100_000));
    mail(`Subject: ${"=?a?q?".repeat(100_000)}`, "", `a${" \t".repeat(300_000)}b`);
    mail("Content-Transfer-Encoding: quoted-printable", "", `a${" ".repeat(300_000)}b`);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
