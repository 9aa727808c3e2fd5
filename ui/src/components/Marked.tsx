import type { Piece } from "../lib/span";

/** A text with its marks. */
export function Marked({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece) =>
    piece.marked ? <mark key={piece.start}>{piece.text}</mark> : <span key={piece.start}>{piece.text}</span>,
  );
}
