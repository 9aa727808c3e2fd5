import { useAct, useEngine } from "./engine";
import { useToast } from "./toast";

/** Leaves an app out from now on, with a way to take that back. */
export function useExclude() {
  const settings = useEngine({ request: "settings" }).data?.settings;
  const set = useAct<"set_settings">();
  const toast = useToast();
  return (app: string) => {
    if (!settings) return;
    const excluded_apps = [...new Set([...settings.excluded_apps, app])];
    set.mutate(
      { request: "set_settings", settings: { ...settings, excluded_apps } },
      {
        onSuccess: () =>
          toast({
            text: `${app} is painted over from now on.`,
            action: { label: "Undo", run: () => set.mutate({ request: "set_settings", settings }) },
          }),
        onError: (failure) => toast({ text: failure.message }),
      },
    );
  };
}
