import { describe, expect, it } from "vitest";
import { migrate } from "./migrations.ts";

/** A database that only remembers what it was told. */
function recorder(done: number) {
  const executed: string[] = [];
  return {
    executed,
    exec: async (sql: string) => void executed.push(sql.trim()),
    query: async <Row>() => ({ rows: [{ done }] as Row[] }),
  };
}

const steps = [
  { name: "one", sql: "create table a ()" },
  { name: "it's two", sql: "create table b ()" },
];

describe("migrate", () => {
  it("runs the missing steps in order, each in a transaction with its own record", async () => {
    const database = recorder(1);
    await migrate(database, steps);
    expect(database.executed.slice(1)).toEqual([
      "begin; create table b (); insert into migrations (number, name) values (2, 'it''s two'); commit;",
    ]);
  });

  it("does nothing to a database that is up to date", async () => {
    const database = recorder(2);
    await migrate(database, steps);
    expect(database.executed).toHaveLength(1);
  });

  it("refuses a database that a newer version has written", async () => {
    await expect(migrate(recorder(3), steps)).rejects.toThrow(
      "store: the data folder has schema 3, this version of Deepdive knows 2; update Deepdive",
    );
  });
});
