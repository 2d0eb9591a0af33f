// Ids and lineage of a query's rows: double ids and parents that are no rows are found on the way.
import type { DuckDBConnection } from "@duckdb/node-api";
import { PackedTexts } from "../core/columns.ts";
import { IdIndex } from "../core/id-index.ts";
import { doubleId, freeId, missingParent } from "../core/table-frame.ts";
import { queryDoubles, queryNumber } from "./duckdb.ts";

/** Ids of rows, and the way back from an id to its row. */
export interface RowIds {
  readonly texts: PackedTexts;
  readonly index: IdIndex;
}

/** Rows in the database that are read. */
export interface RowSource {
  readonly connection: DuckDBConnection;
  /** The column with the number of each row. */
  readonly row: string;
  readonly rows: number;
}

/**
 * Reads the column `uid` of `source`; a row without one gets its number.
 *
 * @throws HiplotError for ids that two rows have, unless `repair` renames the later ones
 */
export async function readIds(
  source: RowSource,
  repair: boolean,
  notes: string[],
): Promise<RowIds> {
  const texts = await readTexts(
    source,
    `coalesce(nullif(uid::varchar, ''), ${source.row}::varchar)`,
  );
  const index = new IdIndex(texts);
  if (index.double < 0) return { texts, index };
  const uid = texts.at(index.double);
  if (!repair) throw doubleId(uid);
  const taken = new Set<string>();
  let renamed = 0;
  for (let row = 0; row < source.rows; row++) {
    const free = freeId(texts.at(row), taken);
    if (free !== texts.at(row)) renamed++;
    taken.add(free);
  }
  notes.push(
    `${renamed} rows had a uid that was taken, the first ${uid}: they have a number appended`,
  );
  const unique = PackedTexts.from([...taken]);
  return { texts: unique, index: new IdIndex(unique) };
}

/**
 * Reads the column `from_uid` of `source` as row numbers, -1 for none. Without `ids` a parent is told by
 * its number.
 *
 * @throws HiplotError for a parent that is no row, unless `repair` drops the link
 */
export async function readParents(
  source: RowSource,
  ids: RowIds | undefined,
  repair: boolean,
  notes: string[],
): Promise<Int32Array> {
  const texts = await readTexts(source, "coalesce(from_uid::varchar, '')");
  const numbers = () =>
    new IdIndex(PackedTexts.from(Array.from({ length: source.rows }, (_, row) => String(row))));
  const { parents, lost } = (ids?.index ?? numbers()).parentsOf(texts);
  const [first] = lost;
  if (first === undefined) return parents;
  const row = ids?.texts.at(first) ?? String(first);
  if (!repair) throw missingParent(row, texts.at(first));
  notes.push(
    `${lost.length} links to rows that are not there were dropped, the first of row ${row}`,
  );
  return parents;
}

/** Texts of at most so many bytes lie within the database's vectors; others only behind pointers. */
const inlineBytes = 12;

async function readTexts(source: RowSource, expression: string): Promise<PackedTexts> {
  const longest = await queryNumber(
    source.connection,
    `select max(strlen(${expression})) from source`,
  );
  return longest <= inlineBytes ? readInline(source, expression) : readPacked(source, expression);
}

/** Short texts straight from the vectors: 16 bytes each, a length of four and the text. */
async function readInline(
  { connection, rows }: RowSource,
  expression: string,
): Promise<PackedTexts> {
  const bytes = new Uint8Array(inlineBytes * rows);
  const offsets = new Uint32Array(rows + 1);
  const result = await connection.stream(`select ${expression} from source`);
  let row = 0;
  let at = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const { dataView } = chunk.getColumnVector(0) as unknown as { dataView: DataView };
    const cells = new Uint8Array(dataView.buffer, dataView.byteOffset, dataView.byteLength);
    for (let i = 0; i < chunk.rowCount; i++) {
      const from = 16 * i + 4;
      const to = from + cells[16 * i]!;
      for (let k = from; k < to; k++) bytes[at++] = cells[k]!;
      offsets[++row] = at;
    }
  }
  return new PackedTexts(bytes.slice(0, at), offsets);
}

/** How many texts are packed into one blob on their way out of the database. */
const packSize = 65_536;

async function readPacked(
  { connection, rows, row }: RowSource,
  expression: string,
): Promise<PackedTexts> {
  const [lengths] = await queryDoubles(connection, "source", [`strlen(${expression})`], rows);
  const offsets = new Uint32Array(rows + 1);
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i]! + lengths![i]!;
  const bytes = new Uint8Array(offsets[rows]!);
  const packed = await connection.runAndReadAll(
    `select encode(string_agg(${expression}, '' order by ${row})) from source group by ${row} // ${packSize} order by min(${row})`,
  );
  let at = 0;
  for (const [blob] of packed.getRows()) {
    const part = (blob as { bytes: Uint8Array }).bytes;
    bytes.set(part, at);
    at += part.length;
  }
  return new PackedTexts(bytes, offsets);
}
