import { Field, inputClass } from "../../components/Field";

/** The zone in which days begin and times are written. */
export function TimeZoneField({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <Field label="Time zone" hint="“Yesterday” begins and ends at midnight here.">
      {(id, hintId) => (
        <select
          id={id}
          aria-describedby={hintId}
          className={inputClass}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          <option value="">As the system ({system})</option>
          {value !== "" && !zones.includes(value) && <option>{value}</option>}
          {zones.map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
