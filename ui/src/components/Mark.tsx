/** The sign of the app: a shape and the image it leaves. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <circle cx="17" cy="14" r="9" fill="none" stroke="currentColor" strokeWidth="1.6" opacity="0.45" />
      <circle cx="11" cy="14" r="9" fill="currentColor" opacity="0.92" />
    </svg>
  );
}
