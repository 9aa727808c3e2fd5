import { cleanup, configure, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";
import { App } from "../src/app/App";
import { FakeEngine } from "./fake";

// What is awaited comes within milliseconds; a machine that also compiles may take its time.
configure({ asyncUtilTimeout: 10_000 });

beforeEach(() => {
  // The page has no size here; virtual lists draw what fits.
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 800 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 800 });
  Element.prototype.scrollIntoView = () => {};
});
afterEach(cleanup);

/** The whole window on a fake engine. */
export function openApp(prepare: (engine: FakeEngine) => void = () => {}): FakeEngine {
  const engine = new FakeEngine();
  prepare(engine);
  render(<App transport={engine} />);
  return engine;
}

export const press = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));

export async function goTo(surface: string) {
  fireEvent.click(await screen.findByRole("button", { name: surface }));
}

export const type = (element: HTMLElement, value: string) => fireEvent.change(element, { target: { value } });
