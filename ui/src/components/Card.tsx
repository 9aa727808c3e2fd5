import { type ReactNode, useId } from "react";
import styles from "./Card.module.css";

/** A titled block of a page. */
export function Card({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section className={styles.card} aria-labelledby={heading}>
      <div>
        <h2 id={heading}>{title}</h2>
        {about && <p className={styles.about}>{about}</p>}
      </div>
      {children}
    </section>
  );
}

/** A page of cards that scrolls. */
export function Page({ children }: { children: ReactNode }) {
  return (
    <div className={styles.page}>
      <div className={styles.column}>{children}</div>
    </div>
  );
}
