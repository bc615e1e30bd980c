/**
 * Steps of a story, each of which stands on those before it, and their count. Used on both sides: in
 * the process that drives the browser, and in the extension host.
 */

/** A name for the report, and what throws if it does not hold. */
export type Step = readonly [name: string, run: () => Promise<void> | void];

/** Far more than anything takes, so that a broken server fails the test instead of hanging it. */
export const LIMIT_MS = 60_000;

const PAUSE_MS = 50;

/** Runs the steps in order; after a failure the rest count as failed, not as absent. */
export async function runAll(steps: readonly Step[], say: (line: string) => void): Promise<void> {
  let failed = false;
  for (const [name, run] of steps) {
    if (failed) {
      say(`not ok - ${name}: not reached`);
      continue;
    }
    const started = Date.now();
    try {
      await run();
      say(`ok - ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed = true;
      say(`not ok - ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
}

/** Waits until `probe` gives something, and returns that. */
export async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; ) {
    const found = await probe();
    if (found !== undefined) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`waited in vain for ${what}`);
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) {
    throw new Error(otherwise);
  }
}
