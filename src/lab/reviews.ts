// Reviews: what a person says of single rows of a run; paged, so that a million rows open at once.
import type { Database } from "./database.ts";

/** A row that waits for a person, as a job hands it over. */
export interface NewReview {
  /** Number of the row in the run's input. */
  readonly row: number;
  readonly text: string;
  readonly guess: string | null;
  /** How doubtful the guess is: the most doubtful comes first. */
  readonly doubt: number;
  /** Labels with their scores, the best first. */
  readonly scores: Readonly<Record<string, number>>;
}

/** A row with what a person said of it. */
export interface Review extends NewReview {
  readonly answer: string | null;
  readonly reviewer: string | null;
  /** When it was answered. */
  readonly answered: string | null;
  /** How long the reviewer looked at it. */
  readonly seconds: number | null;
}

/** A page of reviews, and where the next one begins. */
export interface ReviewPage {
  readonly reviews: readonly Review[];
  readonly next: ReviewCursor | null;
}

/** The last row of a page. */
export interface ReviewCursor {
  readonly doubt: number;
  readonly row: number;
}

/** What a person decided. */
export interface Answer {
  readonly row: number;
  /** Null: the question is put back. */
  readonly label: string | null;
  readonly reviewer?: string;
  readonly seconds?: number;
}

const columns = `row::float8 as row, text, guess, doubt, scores, answer, reviewer, answered, seconds`;
const ROWS_AT_ONCE = 5000;

/** The reviews of a store's runs. */
export class Reviews {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds rows to be reviewed. A row that has been answered stays as it is: answers are never overwritten. */
  async add(run: string, rows: readonly NewReview[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const part = rows.slice(from, from + ROWS_AT_ONCE);
      await this.#database.query(
        `insert into reviews (run_id, row, text, guess, doubt, scores)
         select $1, each.row, each.text, each.guess, each.doubt, each.scores
         from json_to_recordset($2::text::json)
           as each(row bigint, text text, guess text, doubt float8, scores json)
         on conflict (run_id, row) do update
           set text = excluded.text, guess = excluded.guess, doubt = excluded.doubt,
             scores = excluded.scores
           where reviews.answer is null`,
        [run, JSON.stringify(part).replaceAll("\\u0000", "\\ufffd")],
      );
    }
  }

  /** Whether a run has rows to review, or this one. */
  async has(run: string, row?: number): Promise<boolean> {
    const { rows } = await this.#database.query(
      `select row from reviews where run_id = $1 and ($2::bigint is null or row = $2)
       order by row limit 1`,
      [run, row ?? null],
    );
    return rows.length > 0;
  }

  /** Takes over what the same rows with the same texts were answered in other runs, the newest answer. */
  async inherit(run: string, others: readonly string[]): Promise<void> {
    await this.#database.query(
      `update reviews set answer = old.answer, reviewer = old.reviewer, seconds = old.seconds,
         answered = old.answered
       from (
         select distinct on (row) row, text, answer, reviewer, seconds, answered from reviews
         where answered is not null
           and run_id in (select json_array_elements_text($2::text::json))
         order by row, answered desc
       ) old
       where reviews.run_id = $1 and reviews.row = old.row and reviews.text = old.text
         and reviews.answered is null`,
      [run, JSON.stringify(others)],
    );
  }

  /** Tells the database how large the table is: without it, an answer among a million rows takes a second. */
  async refreshStatistics(): Promise<void> {
    await this.#database.query("analyze reviews", []);
  }

  /** Rows of a run that wait for an answer, the most doubtful first, after a cursor. */
  async page(run: string, { after, limit = 50 }: PageOptions = {}): Promise<ReviewPage> {
    const { rows } = await this.#database.query<ReviewRow>(
      `select ${columns} from reviews
       where run_id = $1 and answer is null
         and ($2::float8 is null or (-doubt, row) > (-$2::float8, $3::bigint))
       order by -doubt, row limit $4`,
      [run, after?.doubt ?? null, after?.row ?? null, limit],
    );
    const reviews = rows.map(toReview);
    const last = reviews.at(-1);
    const next = last && reviews.length === limit ? { doubt: last.doubt, row: last.row } : null;
    return { reviews, next };
  }

  /**
   * Keeps answers, all or none; gives the answers that stood there before, to be put back by `answer`.
   * @throws Error where a row is not among those to review
   */
  async answer(run: string, answers: readonly Answer[]): Promise<Answer[]> {
    // One statement: it sees the rows as they were, and changes them only where all are there.
    const { rows } = await this.#database.query<ReviewRow>(
      `with given as (
         select * from json_to_recordset($2::text::json)
           as each(row bigint, label text, reviewer text, seconds float8)
       ), old as (
         select reviews.* from reviews join given using (row) where run_id = $1
       ), changed as (
         update reviews set answer = given.label, seconds = given.seconds,
           reviewer = case when given.label is null then null else given.reviewer end,
           answered = case when given.label is null then null else clock_timestamp() end
         from given where reviews.run_id = $1 and reviews.row = given.row
           and (select count(*) from given) = (select count(*) from old)
       )
       select ${columns} from old`,
      [run, JSON.stringify(answers)],
    );
    const found = new Set(rows.map((each) => each.row));
    const missing = answers.find(({ row }) => !found.has(row));
    if (missing) throw new Error(`reviews: run ${run} has no row ${missing.row} to review`);
    return rows.map((each) => toAnswer(toReview(each)));
  }

  /** Takes the last answer of a run back; undefined where there is none. */
  async undo(run: string): Promise<Review | undefined> {
    const { rows } = await this.#database.query<ReviewRow>(
      `update reviews set answer = null, reviewer = null, seconds = null, answered = null
       where (run_id, row) in (
         select run_id, row from reviews where run_id = $1 and answered is not null
         order by answered desc, row desc limit 1
       ) returning ${columns}`,
      [run],
    );
    return rows[0] && toReview(rows[0]);
  }

  /** The answered rows of a run, in the order of rows. */
  async answered(run: string): Promise<Review[]> {
    const { rows } = await this.#database.query<ReviewRow>(
      `select ${columns} from reviews where run_id = $1 and answered is not null order by row`,
      [run],
    );
    return rows.map(toReview);
  }

  /** The newest answers, at most `limit`: how doubtful the guess was, and whether the answer kept it. */
  async judged(run: string, limit = 5_000): Promise<{ doubt: number; kept: boolean }[]> {
    const { rows } = await this.#database.query<{ doubt: number; kept: boolean }>(
      `select doubt, coalesce(answer = guess, false) as kept from reviews
       where run_id = $1 and answered is not null order by answered desc, row desc limit $2`,
      [run, limit],
    );
    return rows;
  }

  /** How many answers there are, and how many of them keep the guess. */
  async agreement(run: string): Promise<{ answered: number; agreed: number }> {
    const { rows } = await this.#database.query<{ answered: number; agreed: number }>(
      `select count(*)::float8 as answered,
         (count(*) filter (where answer = guess))::float8 as agreed
       from reviews where run_id = $1 and answered is not null`,
      [run],
    );
    return rows[0] as { answered: number; agreed: number };
  }
}

/** Options of `Reviews.page`. */
export interface PageOptions {
  readonly after?: ReviewCursor;
  /** Default 50. */
  readonly limit?: number;
}

type ReviewRow = Omit<Review, "answered"> & { readonly answered: Date | null };

function toReview(row: ReviewRow): Review {
  return { ...row, answered: row.answered?.toISOString() ?? null };
}

function toAnswer({ row, answer, reviewer, seconds }: Review): Answer {
  return {
    row,
    label: answer,
    ...(reviewer !== null && { reviewer }),
    ...(seconds !== null && { seconds }),
  };
}
