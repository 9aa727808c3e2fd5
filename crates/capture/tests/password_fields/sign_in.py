"""A window with a password in it, in a colour that nothing else has; it is shown and hidden in turn, as by the eye in the field."""

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

style = Gtk.CssProvider()
style.load_from_data(b"""
entry { color: #ff00ff; background: #ffffff; caret-color: #ffffff; font: 22px 'DejaVu Sans'; }
label { color: #00a000; font: 22px 'DejaVu Sans'; }
""")
Gtk.StyleContext.add_provider_for_screen(
    Gdk.Screen.get_default(), style, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION
)
window = Gtk.Window(title="Sign in")
rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=20, margin=30)
entry = Gtk.Entry(text="correct horse battery staple", visibility=False, width_chars=30)
entry.set_can_focus(False)
rows.add(Gtk.Label(label="Your password, please"))
rows.add(entry)
window.add(rows)
window.show_all()


def toggle():
    entry.set_visibility(not entry.get_visibility())
    return True


GLib.timeout_add(600, toggle)
GLib.timeout_add_seconds(120, Gtk.main_quit)
Gtk.main()
