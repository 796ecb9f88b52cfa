// The part of the video that a comment is about, or that is played again and again. Seconds of the dub; null: none.
export class Range {
  #start = null;
  #end = null;
  #listeners = [];

  get() {
    return { start: this.#start, end: this.#end };
  }

  set(start, end = null) {
    this.#start = start;
    this.#end = start === null || end === null ? null : Math.max(start, end);
    this.#listeners.forEach((listen) => listen(this.get()));
  }

  // Where it starts; what ended before that has no end any more.
  startAt(seconds) {
    this.set(seconds, this.#end !== null && this.#end > seconds ? this.#end : null);
  }

  endAt(seconds) {
    this.set(this.#start === null ? 0 : Math.min(this.#start, seconds), seconds);
  }

  get isWhole() {
    return this.#start !== null && this.#end !== null && this.#end > this.#start;
  }

  onChange(listen) {
    this.#listeners.push(listen);
  }
}
