/**
 * Many ask the same at once, as dashboards do that hear of a change: whoever asks while an answer is being made shares the next one with all who do. So an answer is never older
 * than the question, and a hundred who ask cost as much as two.
 */
export function createNextAnswers<Answer>() {
  const asked = new Map<string, { now: Promise<unknown>; next: Promise<Answer> | undefined }>();

  function make(key: string, answer: () => Promise<Answer>): Promise<Answer> {
    const now = answer();
    const entry: { now: Promise<unknown>; next: Promise<Answer> | undefined } = { now, next: undefined };
    asked.set(key, entry);
    const done = () => {
      if (asked.get(key) === entry && entry.next === undefined) asked.delete(key);
    };
    now.then(done, done);
    return now;
  }

  /** @param key of the question: equal ones have the same answer */
  return (key: string, answer: () => Promise<Answer>): Promise<Answer> => {
    const entry = asked.get(key);
    if (!entry) return make(key, answer);
    const again = () => make(key, answer);
    entry.next ??= entry.now.then(again, again);
    return entry.next;
  };
}
