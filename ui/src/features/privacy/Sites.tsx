import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import { RuleList } from "./RuleList";
import { useRules } from "./useRules";

/** Which sites are never kept, whatever browser shows them. */
export function Sites() {
  const { settings, change, error } = useRules();
  return (
    <Card
      title="Sites that are left out"
      about="By the address that the browser shows, with all sites below it. What was kept before stays until you forget it."
    >
      {error && <FailureNote failure={error} />}
      {settings && (
        <RuleList
          label="Site to leave out"
          placeholder="Its host, e.g. bank.example or *.clinic.example"
          rules={settings.excluded_sites}
          forgets={(site) => ({ what: "site", site })}
          onChange={(excluded_sites) => change({ excluded_sites })}
        />
      )}
    </Card>
  );
}
