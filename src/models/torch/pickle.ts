/**
 * @file Reads Python pickles without executing them: a stack machine that builds plain values, and
 * hands every call to an allow-list. Opcodes as in CPython's pickletools, protocols 2 to 5.
 */
import { DataError } from "../../data/errors.ts";

/** A class or function by name; it is never looked up anywhere. */
export class PickleGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A tuple, told apart from a list. */
export class PickleTuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** An object of a class that was allowed as a plain record. */
export class PickleRecord {
  readonly type: string;
  readonly args: readonly unknown[];
  state: unknown = null;

  constructor(type: string, args: readonly unknown[]) {
    this.type = type;
    this.args = args;
  }
}

/** What calls in a pickle may reach. */
export interface PickleHost {
  readonly source: string;
  /** The value of a class or function; throws where it is not allowed. */
  global(name: string): unknown;
  /** The result of calling one; throws where that is not allowed. */
  call(callee: unknown, args: readonly unknown[]): unknown;
  /** The object that a persistent id stands for. */
  persistent(id: unknown): unknown;
}

const MARK = Symbol("mark");
/** Longer integers than any checkpoint holds. */
const MAX_INTEGER_BYTES = 256;

/** Runs a pickle and gives the value it describes. @throws DataError where it is damaged or asks for more */
export function readPickle(bytes: Uint8Array, host: PickleHost): unknown {
  return new Machine(bytes, host).run();
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #host: PickleHost;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(bytes: Uint8Array, host: PickleHost) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#host = host;
  }

  run(): unknown {
    for (;;) {
      const opcode = this.#take(1)[0];
      if (opcode === 0x2e) return this.pop();
      const act = OPCODES[opcode];
      if (!act) {
        const shown = `0x${opcode.toString(16).padStart(2, "0")}`;
        throw this.#fail(
          "an opcode of pickle protocols 2 to 5",
          `${shown} at byte ${this.#at - 1}`,
        );
      }
      act(this);
    }
  }

  #fail(expected: string, received: string): DataError {
    return new DataError({
      code: "malformed",
      path: this.#host.source,
      field: "pickle",
      expected,
      received,
    });
  }

  #take(n: number): Uint8Array {
    if (!(n >= 0 && this.#at + n <= this.#bytes.length))
      throw this.#fail(`${n} bytes at byte ${this.#at}`, "the end of the data");
    this.#at += n;
    return this.#bytes.subarray(this.#at - n, this.#at);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw this.#fail("a value on the stack", "none");
    const value = this.#stack.pop();
    if (value === MARK) throw this.#fail("a value on the stack", "a mark");
    return value;
  }

  top(): unknown {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#fail("a value on the stack", "none");
    return value;
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  /** The values above the last mark. */
  sinceMark(): unknown[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#fail("a mark on the stack", "none");
    const items = this.#stack.splice(at + 1);
    this.#stack.pop();
    return items;
  }

  uint(bytes: 1 | 2 | 4 | 8): number {
    const at = this.#at;
    this.#take(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    if (bytes === 2) return this.#view.getUint16(at, true);
    if (bytes === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  int32(): number {
    const at = this.#at;
    this.#take(4);
    return this.#view.getInt32(at, true);
  }

  float64(): number {
    const at = this.#at;
    this.#take(8);
    return this.#view.getFloat64(at, false);
  }

  /** A little-endian integer in two's complement. */
  long(n: number): number | bigint {
    if (n > MAX_INTEGER_BYTES) throw this.#fail("integers that are numbers", `one of ${n} bytes`);
    const bytes = this.#take(n);
    let value = 0n;
    for (let i = n - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    if (n > 0 && bytes[n - 1] & 0x80) value -= 1n << BigInt(8 * n);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  bytes(n: number): Uint8Array {
    return this.#take(n).slice();
  }

  text(n: number, encoding = "utf-8"): string {
    return new TextDecoder(encoding).decode(this.#take(n));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#fail("the end of a line", "the end of the data");
    const line = this.text(end - this.#at);
    this.#at++;
    return line;
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#fail(`value ${index} of the memo`, "none");
    this.push(this.#memo.get(index));
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string")
      throw this.#fail("the name of a class", "something else");
    this.push(this.#host.global(`${module}.${name}`));
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(args instanceof PickleTuple)) throw this.#fail("a tuple of arguments", "something else");
    this.push(this.#host.call(callee, args.items));
  }

  persistent(): void {
    this.push(this.#host.persistent(this.pop()));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.#fail("a list to append to", "something else");
    for (const item of items) list.push(item);
  }

  include(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.#fail("a set to add to", "something else");
    for (const item of items) set.add(item);
  }

  assign(pairs: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Map) || pairs.length % 2 !== 0)
      throw this.#fail("a dictionary and pairs", "something else");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  }

  /** Sets what an object remembers; attributes of dictionaries (such as versions) are not kept. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickleRecord) target.state = state;
    else if (!(target instanceof Map))
      throw this.#fail("an object with state of an allowed class", "another object");
  }
}

type Act = (m: Machine) => void;

const tuple =
  (n: number): Act =>
  (m) => {
    const items = Array.from({ length: n }, () => m.pop()).reverse();
    m.push(new PickleTuple(items));
  };

/** What each opcode does, by its byte; STOP (0x2e) ends the run. */
const OPCODES: Readonly<Record<number, Act>> = {
  40: (m) => m.mark(), // MARK
  41: (m) => m.push(new PickleTuple([])), // EMPTY_TUPLE
  48: (m) => void m.pop(), // POP
  49: (m) => void m.sinceMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP
  66: (m) => m.push(m.bytes(m.uint(4))), // BINBYTES
  67: (m) => m.push(m.bytes(m.uint(1))), // SHORT_BINBYTES
  71: (m) => m.push(m.float64()), // BINFLOAT
  74: (m) => m.push(m.int32()), // BININT
  75: (m) => m.push(m.uint(1)), // BININT1
  77: (m) => m.push(m.uint(2)), // BININT2
  78: (m) => m.push(null), // NONE
  81: (m) => m.persistent(), // BINPERSID
  82: (m) => m.call(), // REDUCE
  84: (m) => m.push(m.text(m.uint(4), "latin1")), // BINSTRING
  85: (m) => m.push(m.text(m.uint(1), "latin1")), // SHORT_BINSTRING
  88: (m) => m.push(m.text(m.uint(4))), // BINUNICODE
  93: (m) => m.push([]), // EMPTY_LIST
  97: (m) => appendOne(m), // APPEND
  98: (m) => m.build(), // BUILD
  99: (m) => m.global(m.line(), m.line()), // GLOBAL
  100: (m) => m.push(mapOf(m.sinceMark())), // DICT
  101: (m) => m.append(m.sinceMark()), // APPENDS
  104: (m) => m.recall(m.uint(1)), // BINGET
  106: (m) => m.recall(m.uint(4)), // LONG_BINGET
  108: (m) => m.push(m.sinceMark()), // LIST
  113: (m) => m.remember(m.uint(1)), // BINPUT
  114: (m) => m.remember(m.uint(4)), // LONG_BINPUT
  115: (m) => assignOne(m), // SETITEM
  116: (m) => m.push(new PickleTuple(m.sinceMark())), // TUPLE
  117: (m) => m.assign(m.sinceMark()), // SETITEMS
  125: (m) => m.push(new Map()), // EMPTY_DICT
  128: (m) => void m.uint(1), // PROTO
  129: (m) => m.call(), // NEWOBJ
  133: tuple(1), // TUPLE1
  134: tuple(2), // TUPLE2
  135: tuple(3), // TUPLE3
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  138: (m) => m.push(m.long(m.uint(1))), // LONG1
  139: (m) => m.push(m.long(m.uint(4))), // LONG4
  140: (m) => m.push(m.text(m.uint(1))), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.uint(8))), // BINUNICODE8
  142: (m) => m.push(m.bytes(m.uint(8))), // BINBYTES8
  143: (m) => m.push(new Set()), // EMPTY_SET
  144: (m) => m.include(m.sinceMark()), // ADDITEMS
  145: (m) => m.push(new Set(m.sinceMark())), // FROZENSET
  147: (m) => globalFromStack(m), // STACK_GLOBAL
  148: (m) => m.memoize(), // MEMOIZE
  149: (m) => void m.uint(8), // FRAME
};

function appendOne(m: Machine): void {
  const item = m.pop();
  m.append([item]);
}

function assignOne(m: Machine): void {
  const value = m.pop();
  const key = m.pop();
  m.assign([key, value]);
}

function globalFromStack(m: Machine): void {
  const name = m.pop();
  const module = m.pop();
  m.global(module, name);
}

function mapOf(items: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);
  return map;
}
