import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import { Switch } from "../../components/Field";
import { RuleList } from "./RuleList";
import { useRules } from "./useRules";

/** Which windows are never seen, whatever program shows them. */
export function Titles() {
  const { settings, change, error } = useRules();
  return (
    <Card
      title="Windows that are left out"
      about="By their title: for a page of your bank, a chat with one person."
    >
      {error && <FailureNote failure={error} />}
      {settings && (
        <>
          <Switch
            label="Private browser windows"
            hint="Painted over while this is on. They are known by the title the browser gives them."
            on={settings.exclude_private_windows}
            onChange={(exclude_private_windows) => change({ exclude_private_windows })}
          />
          <RuleList
            label="Title to leave out"
            placeholder="Part of a title between stars, e.g. *my bank*"
            rules={settings.excluded_titles}
            forgets={(title) => ({ what: "title", title })}
            onChange={(excluded_titles) => change({ excluded_titles })}
          />
        </>
      )}
    </Card>
  );
}
