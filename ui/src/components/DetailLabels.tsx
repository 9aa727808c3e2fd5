import type { Detail } from "../lib/bindings";
import styles from "./DetailLabels.module.css";

export const DETAIL_WORDS: Record<Detail, string> = {
  name: "name",
  email: "e-mail address",
  phone: "phone number",
  address: "postal address",
  document: "identity document",
  account: "bank account",
};

/** Small labels that say which kinds of personal details a text holds. */
export function DetailLabels({ details }: { details: Detail[] }) {
  if (details.length === 0) return null;
  return (
    <ul className={styles.labels} aria-label="Personal details in it">
      {details.map((detail) => (
        <li key={detail}>{DETAIL_WORDS[detail]}</li>
      ))}
    </ul>
  );
}
