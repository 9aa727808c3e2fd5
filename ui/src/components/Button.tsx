import type { ButtonHTMLAttributes } from "react";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";

type Look = "plain" | "primary" | "danger" | "quiet" | "quietDanger";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: IconName;
  small?: boolean;
}

/** A button with words. */
export function Button({ look = "plain", icon, small, children, className, ...rest }: Props) {
  const names = [styles.button, styles[look], small && styles.small, className].filter(Boolean).join(" ");
  return (
    <button type="button" className={names} {...rest}>
      {icon && <Icon name={icon} size={small ? 14 : 16} />}
      {children}
    </button>
  );
}

interface IconProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  /** What it does; read aloud and shown on hover. */
  label: string;
  size?: number;
}

/** A button that is only a picture. */
export function IconButton({ icon, label, size = 16, className, ...rest }: IconProps) {
  return (
    <button
      type="button"
      className={`${styles.icon} ${className ?? ""}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} size={size} />
    </button>
  );
}
