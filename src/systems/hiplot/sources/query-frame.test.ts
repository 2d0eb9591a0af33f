import { expect, it } from "vitest";
import { withDuckdb } from "./duckdb.ts";
import { frameOfQuery } from "./query-frame.ts";

const read = (sql: string, repair = false) =>
  withDuckdb((connection) => frameOfQuery(connection, sql, { repair }));

it("reads every kind of column, with gaps", async () => {
  const { frame, timestamps } = await read(`select * from (values
    ('b', 1, 0.5, true, [1, 2], timestamp '2020-01-01', ''),
    (null, null, 'nan'::double, null, null, null, 'ü'),
    ('a', 3, 1e300, false, [], timestamp '2020-01-02 00:00:01.9', null),
    ('b', 4, null, true, [3], null, ''))
    as t(text, n, x, ok, list, day, empty)`);
  const rows = [0, 1, 2, 3].map((row) => frame.datapoint(row).values);
  expect(rows).toEqual([
    { text: "b", n: 1, x: 0.5, ok: true, list: "[1,2]", day: 1_577_836_800, empty: "" },
    { text: null, n: null, x: Number.NaN, ok: null, list: null, day: null, empty: "ü" },
    { text: "a", n: 3, x: 1e300, ok: false, list: "[]", day: 1_577_923_201, empty: null },
    { text: "b", n: 4, x: null, ok: true, list: "[3]", day: null, empty: "" },
  ]);
  expect(timestamps).toEqual(["day"]);
});

it("keeps whole numbers beyond 2^53 as exact text", async () => {
  const { frame, notes } = await read("select 9007199254740993::bigint as n union all select 1");
  expect([frame.value(0, "n"), frame.value(1, "n")].sort()).toEqual(["1", "9007199254740993"]);
  expect(notes).toEqual(["n has whole numbers beyond 2^53: kept as exact text, drawn by category"]);
});

it.each([
  ["short", "r"],
  ["long", "the run of läufer "],
])("reads %s ids and their lineage across chunks", async (_, name) => {
  const { frame } = await read(`select '${name}' || i as uid,
    case when i % 100 = 0 then '' else '${name}' || (i - 1) end as from_uid, i as n
    from range(5000) t(i)`);
  expect(frame.datapoint(4_321)).toEqual({
    uid: `${name}4321`,
    fromUid: `${name}4320`,
    values: { n: 4_321 },
  });
  expect(frame.ancestorsOf(4_321)).toHaveLength(21);
});

it("names rows without an id by their number", async () => {
  const { frame } = await read(
    "select * from (values (null, '2'), ('', null), (null, '1')) t(uid, from_uid)",
  );
  expect([0, 1, 2].map((row) => frame.uids.at(row))).toEqual(["0", "1", "2"]);
  expect([...frame.parents!]).toEqual([2, -1, 1]);
});

it("takes parents by number where rows have no ids", async () => {
  const { frame } = await read(
    "select i as n, case when i > 0 then i - 1 end as from_uid from range(4) t(i)",
  );
  expect([...frame.parents!]).toEqual([-1, 0, 1, 2]);
  await expect(read("select 1 as n, '7' as from_uid")).rejects.toThrow(
    "row 0: its parent 7 is not among the rows",
  );
});

const doubled =
  "select * from (values ('a', ''), ('b', 'a'), ('a', ''), ('b', 'x')) t(uid, from_uid)";

it("refuses double ids and lost parents, or repairs them and says so", async () => {
  await expect(read(doubled)).rejects.toThrow("row a: two rows have this uid");
  const { frame, notes } = await read(doubled, true);
  expect([0, 1, 2, 3].map((row) => frame.uids.at(row))).toEqual(["a", "b", "a.2", "b.2"]);
  expect([...frame.parents!]).toEqual([-1, 0, -1, -1]);
  expect(notes).toEqual([
    "2 rows had a uid that was taken, the first a: they have a number appended",
    "1 links to rows that are not there were dropped, the first of row b.2",
  ]);
});
