import { createContext, use } from "react";

/** A short message at the foot of the window. */
export interface Toast {
  text: string;
  /** What its button does, e.g. undo. */
  action?: { label: string; run(): void };
}

const ToastContext = createContext<(toast: Toast) => void>(() => {});
export const ToastProvider = ToastContext;

/** Shows a toast. */
export const useToast = () => use(ToastContext);
