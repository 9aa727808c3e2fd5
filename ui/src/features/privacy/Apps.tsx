import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import { Switch } from "../../components/Field";
import type { AppSeen, Settings } from "../../lib/bindings";
import { ago, counted } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import styles from "./Privacy.module.css";
import { RuleList } from "./RuleList";
import { rulesFor } from "./rules";
import { useRules } from "./useRules";

/** Which programs are never seen. */
export function Apps() {
  const { settings, change, error } = useRules();
  const apps = useEngine({ request: "apps" }).data?.apps ?? [];
  return (
    <Card
      title="Apps that are left out"
      about="Their windows are painted over before a picture exists. Whole names, or patterns with *. Changes count from the next look."
    >
      {error && <FailureNote failure={error} />}
      {settings && (
        <>
          <RuleList
            label="App to leave out"
            placeholder="Name of a program, e.g. signal or bank*"
            rules={settings.excluded_apps}
            suggestions={apps.filter((app) => !app.excluded).map((app) => app.app)}
            forgets={(app) => ({ what: "app", app })}
            onChange={(excluded_apps) => change({ excluded_apps })}
          />
          <SeenApps apps={apps} settings={settings} onRules={(excluded_apps) => change({ excluded_apps })} />
        </>
      )}
    </Card>
  );
}

interface SeenProps {
  apps: AppSeen[];
  settings: Settings;
  onRules: (rules: string[]) => void;
}

function SeenApps({ apps, settings, onRules }: SeenProps) {
  if (apps.length === 0) return null;
  const toggle = (app: AppSeen, isRecorded: boolean) => {
    const rules = settings.excluded_apps;
    const covering = rulesFor(rules, app.app);
    onRules(
      isRecorded ? rules.filter((rule) => !covering.includes(rule)) : [...rules, app.app.toLowerCase()],
    );
  };
  return (
    <details className={styles.seen}>
      <summary>{counted(apps.length, "app")} seen so far</summary>
      <ul>
        {apps.map((app) => (
          <li key={app.app}>
            <Switch
              label={app.app}
              hint={seenWords(app, rulesFor(settings.excluded_apps, app.app))}
              on={!app.excluded}
              onChange={(isRecorded) => toggle(app, isRecorded)}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}

function seenWords(app: AppSeen, rules: string[]): string {
  const seen = `${counted(app.observations_week, "text")} this week, last seen ${ago(app.last_seen)}`;
  return rules.length > 0 ? `${seen}. Left out by ${rules.join(", ")}` : seen;
}
