import { Card, Page } from "../../components/Card";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { Switch } from "../../components/Field";
import type { Device, Settings } from "../../lib/bindings";
import { useAct, useEngine } from "../../lib/engine";
import { useTheme } from "../../lib/theme";
import type { Theme } from "../../lib/transport";
import { Backups } from "./Backups";
import { Keys } from "./Keys";
import { Models } from "./Models";
import { NumberField } from "./NumberField";
import styles from "./Settings.module.css";
import { TimeZoneField } from "./TimeZoneField";

/** How Afterimage works. Each change takes effect at once. */
export function SettingsPage() {
  const loaded = useEngine({ request: "settings" });
  const set = useAct<"set_settings">();
  const settings = loaded.data?.settings;
  const change = (part: Partial<Settings>) =>
    settings && set.mutate({ request: "set_settings", settings: { ...settings, ...part } });
  return (
    <Page>
      {loaded.error && <FailureNote failure={loaded.error} onRetry={loaded.refetch} />}
      {set.error && <FailureNote failure={set.error} />}
      <Appearance />
      {settings ? (
        <Sections settings={settings} onChange={change} />
      ) : (
        loaded.isPending && <Loading what="Loading settings" />
      )}
    </Page>
  );
}

const THEMES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };

function Appearance() {
  const { theme, choose } = useTheme();
  return (
    <Card title="Appearance">
      <div className={styles.choices} role="radiogroup" aria-label="Appearance">
        {(Object.keys(THEMES) as Theme[]).map((each) => (
          <label key={each}>
            <input type="radio" name="theme" checked={theme === each} onChange={() => choose(each)} />
            {THEMES[each]}
          </label>
        ))}
      </div>
    </Card>
  );
}

const PLACES: Record<Device, string> = {
  fastest: "the graphics card, if there is one",
  cpu: "the processor only",
};

/** Where the model computes. */
function Places({ chosen, onChoose }: { chosen: Device; onChoose: (device: Device) => void }) {
  return (
    <div className={styles.choices} role="radiogroup" aria-label="Where the model computes">
      <span>Computes on</span>
      {(Object.keys(PLACES) as Device[]).map((each) => (
        <label key={each}>
          <input type="radio" name="device" checked={chosen === each} onChange={() => onChoose(each)} />
          {PLACES[each]}
        </label>
      ))}
    </div>
  );
}

function Sections({
  settings,
  onChange,
}: {
  settings: Settings;
  onChange: (part: Partial<Settings>) => void;
}) {
  return (
    <>
      <Card
        title="Model"
        about="It reads, thinks and answers on this machine. A larger one is slower and better."
      >
        <Models settings={settings} onChange={onChange} />
        <Places chosen={settings.device} onChoose={(device) => onChange({ device })} />
        <Switch
          label="Think in the background"
          hint="Makes memories of what was seen. Off: what was seen can still be searched."
          on={settings.absorb}
          onChange={(absorb) => onChange({ absorb })}
        />
        <NumberField
          label="Evidence in a prompt"
          hint="How much of your memory an answer may be made from. More is slower."
          unit="tokens"
          least={200}
          most={4000}
          value={settings.evidence_tokens}
          onChange={(evidence_tokens) => onChange({ evidence_tokens })}
        />
      </Card>
      <Card title="Capture">
        <NumberField
          label="Look at the screen every"
          hint="The shortest time between two looks. Nothing is kept when nothing changed."
          unit="seconds"
          least={1}
          most={60}
          value={settings.interval_ms / 1000}
          onChange={(seconds) => onChange({ interval_ms: Math.round(seconds * 1000) })}
        />
        <NumberField
          label="Stop looking when nobody is there for"
          hint="0: never stop."
          unit="seconds"
          least={0}
          most={86_400}
          value={settings.idle_after_s}
          onChange={(idle_after_s) => onChange({ idle_after_s })}
        />
        <NumberField
          label="Keep pictures for"
          hint="Their text and the memories stay. 0: keep them until they are forgotten."
          unit="days"
          least={0}
          most={3650}
          value={settings.keep_pictures_days}
          onChange={(keep_pictures_days) => onChange({ keep_pictures_days })}
        />
      </Card>
      <Keys settings={settings} onChange={onChange} />
      <Backups settings={settings} onChange={onChange} />
      <Card title="Forgetting by itself" about="What is used, pinned or always in mind lasts.">
        <NumberField
          label="Memories not used count less after"
          hint="They are found further down. 0: never."
          unit="days"
          least={0}
          most={3650}
          value={settings.fade_after_days}
          onChange={(fade_after_days) => onChange({ fade_after_days })}
        />
        <NumberField
          label="Memories not used are let go after"
          hint="Shown for a week before, among what there is to tidy up. 0: never."
          unit="days"
          least={0}
          most={3650}
          value={settings.expire_after_days}
          onChange={(expire_after_days) => onChange({ expire_after_days })}
        />
      </Card>
      <Card title="Time">
        <TimeZoneField value={settings.time_zone} onChange={(time_zone) => onChange({ time_zone })} />
      </Card>
      <About />
    </>
  );
}

function About() {
  const status = useEngine({ request: "status" }).data?.status;
  if (!status) return null;
  return (
    <Card title="About">
      <dl className={styles.about}>
        <dt>Version</dt>
        <dd>{status.version}</dd>
        <dt>Profile</dt>
        <dd>{status.home}</dd>
        <dt>Engine</dt>
        <dd>process {status.pid}</dd>
      </dl>
    </Card>
  );
}
