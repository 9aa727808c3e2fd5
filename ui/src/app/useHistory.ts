import { useCallback, useMemo, useState } from "react";
import type { Navigation, Place } from "../lib/navigation";

const REMEMBERED = 20;

/** Where the user is and was. Opening a citation can be undone by going back. */
export function useHistory(start: Place): Navigation {
  const [places, setPlaces] = useState<Place[]>([start]);
  const go = useCallback((place: Place) => setPlaces((places) => [...places, place].slice(-REMEMBERED)), []);
  const back = useCallback(() => setPlaces((places) => places.slice(0, -1)), []);
  const place = places[places.length - 1];
  const canGoBack = places.length > 1;
  return useMemo(() => ({ place, go, back: canGoBack ? back : null }), [place, go, back, canGoBack]);
}
