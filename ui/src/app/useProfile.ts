import type { QueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import type { Failure } from "../lib/bindings";
import { markStaleOn } from "../lib/freshness";
import { type Profile, type Transport, toFailure } from "../lib/transport";

/** While locked, how often to look whether somebody unlocked it elsewhere (the command line can). */
const LOOK_AGAIN_MS = 3000;

/** Follows whether the profile is open; forgets everything shown when it is locked. */
export function useProfile(transport: Transport, client: QueryClient) {
  const [profile, setProfile] = useState<Profile | null>(null);
  const [failure, setFailure] = useState<Failure | undefined>();

  const check = useCallback(() => {
    transport.profile().then(
      (profile) => {
        if (!profile.unlocked) client.clear();
        setProfile(profile);
        setFailure(undefined);
      },
      (thrown) => setFailure(toFailure(thrown)),
    );
  }, [transport, client]);

  useEffect(() => {
    check();
    return transport.listen((event) => {
      const isOver = event.event === "locking" || event.event === "gone";
      if (isOver) setProfile((profile) => profile && { ...profile, exists: true, unlocked: false });
      markStaleOn(client, event);
    });
  }, [transport, client, check]);

  const unlocked = profile?.unlocked ?? false;
  useEffect(() => {
    if (unlocked) return;
    const timer = setInterval(check, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [unlocked, check]);

  return { profile, failure, check };
}
