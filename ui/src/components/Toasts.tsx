import { type ReactNode, useCallback, useEffect, useState } from "react";
import { type Toast, ToastProvider } from "../lib/toast";
import { Button, IconButton } from "./Button";
import styles from "./Toasts.module.css";

const SHOWN_MS = 8000;

/** Shows toasts for everything below it, one at a time. */
export function Toasts({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<Toast | null>(null);
  const close = useCallback(() => setToast(null), []);
  useEffect(() => {
    if (!toast) return;
    const timer = setTimeout(close, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast, close]);
  return (
    <ToastProvider value={setToast}>
      {children}
      <div className={styles.place} role="status" aria-live="polite">
        {toast && <ToastNote toast={toast} onClose={close} />}
      </div>
    </ToastProvider>
  );
}

function ToastNote({ toast, onClose }: { toast: Toast; onClose: () => void }) {
  const act = () => {
    toast.action?.run();
    onClose();
  };
  return (
    <div className={styles.toast}>
      <span>{toast.text}</span>
      {toast.action && (
        <Button small onClick={act}>
          {toast.action.label}
        </Button>
      )}
      <IconButton icon="close" label="Dismiss" onClick={onClose} />
    </div>
  );
}
