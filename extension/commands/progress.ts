import { progress } from "../messages/say.ts";

/** Says that something goes on, with a button to cancel it. @throws what `act` throws; AbortError when it was cancelled */
export function withCancel<Answer>(title: string, act: (signal: AbortSignal) => Promise<Answer>): Thenable<Answer> {
  return progress(title, async (token) => {
    const life = new AbortController();
    const off = token.onCancellationRequested(() => life.abort());
    try {
      return await act(life.signal);
    } finally {
      off.dispose();
    }
  });
}
