"""`python -m unsit.web.window card|full`: the guide in a window without a browser around it, by pywebview on Qt.

A process of its own, since a toolkit wants the main thread and costs what a browser costs. The pages process starts it
(adapters/window.py) and holds it by its standard input:

    {"open": ADDRESS}            first: what to show
    {"raise": TOKEN}             bring it to the front; the token is the desktop's leave, or null
    (the end)                    close, and end

It answers on its standard output:

    {"shown": true}              the page stands on the screen
    {"failed": REASON}           it does not, and never will; the last word
    {"page": NAME}               somebody followed a link to another page, which is for the browser

The address lets in whoever has it, so it is in no command line, where other users could read it.

`card` is a small window in a corner, above the others, which does not take the keyboard from what one types. `full` covers
every monitor. Neither may hold a person captive, whatever the page does: Escape is the page's first, but closes the
windows where the page makes nothing of it, does not answer, or when it is pressed twice.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final, Literal, NoReturn, get_args
from urllib.parse import urlsplit

from unsit import paths, words
from unsit.words import _

Kind = Literal["card", "full"]

CARD_PX: Final = (420, 560)
CARD_MARGIN_PX: Final = 16
BORDER_PX: Final = 1
BORDER_COLOUR: Final = "#8a8a80"
"""Seen on light and on dark."""
SHOW_AT_LATEST_MS: Final = 1500
"""A window that waits for its page longer than this is shown without it: somebody clicked on Start."""
ANSWER_WITHIN_MS: Final = 1000
"""A page that has not answered Escape by then hangs."""
TWICE_WITHIN_S: Final = 2.0
END_WITHIN_S: Final = 1.5
"""For closing in order; then it ends anyhow."""

IS_IN_SESSION: Final = "document.documentElement.dataset.view === 'session'"
"""Whether Escape means something to the page: it stops the stretch."""


def main(argv: list[str]) -> int:
    kind: Kind = "card" if argv[1:] == ["card"] else "full"
    if argv[1:] not in [[word] for word in get_args(Kind)]:
        sys.stderr.write(f"usage: python -m unsit.web.window {'|'.join(get_args(Kind))}\n")
        return 2
    words.setup()
    prepare_environment(kind, os.environ)
    link = json.loads(sys.stdin.buffer.readline() or b"{}").get("open")
    if not link:  # whoever started us has changed their mind
        return 0
    try:
        Show(kind, link).run()
    except ImportError as error:
        fail(f"{error}")
    return 0


def prepare_environment(kind: Kind, environ: MutableMapping[str, str]) -> None:
    """What Qt reads from the environment, before it is loaded."""
    environ["PYWEBVIEW_GUI"] = "qt"  # it would try GTK first, which can neither be placed on a monitor nor close itself
    environ["QT_API"] = "pyqt6"  # with PySide6 6.12 the second window crashes
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuses to run as root with its sandbox; nobody else is to be without it.
        environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    if kind == "card" and environ.get("WAYLAND_DISPLAY") and environ.get("DISPLAY"):
        # A Wayland client can neither choose its corner nor stay above the others; by way of Xwayland it can do both.
        environ.setdefault("QT_QPA_PLATFORM", "xcb;wayland")


def say(message: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def fail(reason: str) -> NoReturn:
    say({"failed": reason})
    leave(1)


def leave(status: int) -> NoReturn:
    """Without the clean-up of the interpreter: pywebview's threads may wait for a page for ever."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class Show:
    """The windows of one guide, and when they close. Everything runs in the main thread, but `_listen`."""

    def __init__(self, kind: Kind, link: str) -> None:
        sys.argv[:] = ["unsit"]  # what X11 calls the windows' class by
        import PyQt6.QtWebEngineWidgets  # noqa: F401 - or its absence is said; qtpy would look for other bindings
        import webview
        from qtpy import QtCore, QtGui, QtNetwork, QtWebEngineCore, QtWidgets
        from webview.platforms import qt as backend

        if not backend.is_webengine:
            raise ImportError(_("Qt WebEngine is missing"))
        self._webview, self._core, self._gui = webview, QtCore, QtGui
        self._net, self._engine = QtNetwork, QtWebEngineCore
        self._kind, self._link = kind, link
        self._site = urlsplit(link)[:2]
        self._screens = list(webview.screens)
        if not self._screens:
            fail(_("there is no screen"))
        self._app = QtWidgets.QApplication.instance()
        self._app.setApplicationName("unsit")
        self._app.setDesktopFileName("unsit")
        self._windows: list[Any] = []
        """pywebview's Qt windows: `.webview` is Qt's view. The first one is let in by the link, the others by its cookie."""
        self._loaded: list[Any] = []
        """Of these, those that show the guide."""
        self._cookies: list[Any] = []
        self._is_shown = False
        self._escaped_s = -TWICE_WITHIN_S
        self._filter = _key_filter(QtCore, self._on_key)
        self._app.installEventFilter(self._filter)
        self._post = _post_office(QtCore)

    def run(self) -> NoReturn:
        """Until the windows are closed."""
        screens = self._screens if self._kind == "full" else [self._screen_in_use()]
        for number, screen in enumerate(screens):
            window = self._webview.create_window(
                "Unsit",
                self._link if number == 0 else None,
                width=CARD_PX[0],
                height=CARD_PX[1],
                screen=screen,
                hidden=True,
                frameless=True,
                easy_drag=self._kind == "card",
                on_top=self._kind == "card",
            )
            window.events.before_show += self._prepare
        threading.Thread(target=self._listen, daemon=True).start()
        self._after(SHOW_AT_LATEST_MS, self._show)
        self._webview.start(gui="qt", icon=str(paths.assets_dir() / "icons" / "unsit-256.png"))
        leave(0)

    # ------------------------------------------------------------------------------------------------------- the windows

    def _prepare(self, window: Any) -> None:
        """Called by pywebview for each of its windows before it is shown, in the main thread."""
        native = window.native
        self._windows.append(native)
        screen = window.screen.frame
        if self._kind == "card":
            # Without a frame it would run into what lies below it.
            native.setContentsMargins(BORDER_PX, BORDER_PX, BORDER_PX, BORDER_PX)
            native.setStyleSheet(f"QMainWindow {{ background: {BORDER_COLOUR}; }}")
            # Not pywebview's focus=False: that window could never be typed into, even after a click on it.
            native.setAttribute(self._core.Qt.WidgetAttribute.WA_ShowWithoutActivating)
        native.winId()  # the window of the system, which can be put on a screen, is made now
        native.windowHandle().setScreen(screen)
        if self._kind == "card":
            free = screen.availableGeometry()
            width, height = min(CARD_PX[0], free.width()), min(CARD_PX[1], free.height())
            native.setGeometry(
                max(free.left(), free.right() + 1 - width - CARD_MARGIN_PX),
                max(free.top(), free.bottom() + 1 - height - CARD_MARGIN_PX),
                width,
                height,
            )
        else:
            native.setGeometry(screen.geometry())
        page = native.webview.page()
        # It would put a bridge to Python, and styles, into every page: ours needs none and forbids them.
        page.loadFinished.disconnect(native.on_load_finished)
        page.setBackgroundColor(native.palette().window().color())  # no white flash before the first paint
        page.settings().setAttribute(page.settings().WebAttribute.FullScreenSupportEnabled, True)
        page.fullScreenRequested.connect(lambda request: self._on_fullscreen(native, request))
        page.navigationRequested.connect(self._on_navigation)
        # What pywebview opens other windows with: the person's browser, which nobody would have let in.
        page.nav_handler = self._engine.QWebEnginePage(native.profile, native.webview)
        page.nav_handler.navigationRequested.connect(self._on_other_window)
        page.windowCloseRequested.connect(self._close)
        page.renderProcessTerminated.connect(self._on_crash)
        page.loadFinished.connect(lambda is_ok: self._on_loaded(native, is_ok))
        native.profile.cookieStore().cookieAdded.connect(self._keep_cookie)
        window.events.closing += self._end_anyhow
        window.events.closed += lambda: self._post.sent.emit(self._close)

    def _keep_cookie(self, cookie: Any) -> None:
        self._cookies.append(self._net.QNetworkCookie(cookie))  # the one of the signal is gone when this returns

    def _on_loaded(self, native: Any, is_ok: bool) -> None:
        page, is_first = native.webview.page(), native is self._windows[0]
        # Of the others the first one is pywebview's empty page; and a page that it was kept from counts as not loaded.
        if native in self._loaded or not (is_first or self._is_ours(page.url())):
            return
        self._loaded.append(native)
        page.history().clear()  # a page may close its window only where nothing was shown in it before
        if not is_first:
            native.setVisible(is_ok and self._is_shown)
            return
        if not is_ok or page.url().path() == "/enter":
            fail(_("the page could not be loaded"))
        for other in self._windows[1:]:
            for cookie in self._cookies:
                other.profile.cookieStore().setCookie(cookie, page.url())
            other.webview.setUrl(page.url())
        self._show()

    def _show(self) -> None:
        if self._is_shown:
            return
        self._is_shown = True
        for native in self._windows:
            if self._kind == "full":
                native.showFullScreen()
            else:
                native.show()
        if self._kind == "full":
            self._raise(None)
        say({"shown": True})

    def _raise(self, token: str | None) -> None:
        if token:  # where Qt looks for it, on Wayland and on X11
            os.environ["XDG_ACTIVATION_TOKEN"] = os.environ["DESKTOP_STARTUP_ID"] = token
        for native in reversed(self._windows):
            native.raise_()
            native.activateWindow()

    def _close(self, *_event: object) -> None:
        """All of them: the page asked for it, or the person closed one."""
        self._end_anyhow()
        for native in tuple(self._windows):
            native.hide()
        self._app.exit()

    def _end_anyhow(self) -> None:
        """From now on, whatever the toolkit waits for."""
        limit = threading.Timer(END_WITHIN_S, leave, (0,))
        limit.daemon = True
        limit.start()

    def _on_fullscreen(self, native: Any, request: Any) -> None:
        request.accept()
        if request.toggleOn():
            native.setContentsMargins(0, 0, 0, 0)
            native.showFullScreen()
        elif self._kind == "card":
            native.showNormal()
            native.setContentsMargins(BORDER_PX, BORDER_PX, BORDER_PX, BORDER_PX)

    def _on_navigation(self, request: Any) -> None:
        """In the guide's own window: the guide, and pywebview's empty page before it."""
        url = request.url()
        is_guide = self._is_ours(url) and url.fileName() in ("enter", "guide")
        if request.isMainFrame() and not is_guide and url.scheme() not in ("data", "about"):
            self._on_other_window(request)

    def _on_other_window(self, request: Any) -> None:
        url = request.url()
        request.reject()
        if self._is_ours(url):
            say({"page": url.fileName()})
        elif url.scheme() == "https":
            self._gui.QDesktopServices.openUrl(url)

    def _is_ours(self, url: Any) -> bool:
        return (url.scheme(), url.authority()) == self._site

    def _on_crash(self, *_why: object) -> None:
        if self._is_shown:
            sys.stderr.write("the page's process ended\n")
            leave(1)
        fail(_("the page's process ended"))

    # ----------------------------------------------------------------------------------------------------------- the keys

    def _on_key(self, key: Any, modifiers: Any) -> bool:
        """True takes the key from the page."""
        keys, control = self._core.Qt.Key, self._core.Qt.KeyboardModifier.ControlModifier
        if key in (keys.Key_W, keys.Key_Q) and modifiers == control:
            self._close()
            return True
        if key != keys.Key_Escape or not self._windows:
            return False
        now_s = time.monotonic()
        if now_s - self._escaped_s < TWICE_WITHIN_S:
            self._close()
            return True
        self._escaped_s = now_s
        self._ask_whether_the_page_minds()
        return False

    def _ask_whether_the_page_minds(self) -> None:
        active = self._app.activeWindow()
        native = active if active in self._windows else self._windows[0]
        has_answered = False

        def on_answer(is_in_session: object) -> None:
            nonlocal has_answered
            has_answered = True
            if is_in_session is not True:
                self._close()

        native.webview.page().runJavaScript(IS_IN_SESSION, 0, on_answer)
        self._after(ANSWER_WITHIN_MS, lambda: None if has_answered else self._close())

    # -------------------------------------------------------------------------------------------------- the pages process

    def _listen(self) -> None:
        """A thread, so that a toolkit that hangs still hears that it is to end."""
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if "raise" in message:
                token = message["raise"]
                self._post.sent.emit(lambda token=token: self._raise(token))
        self._end_anyhow()
        self._post.sent.emit(self._close)

    # ------------------------------------------------------------------------------------------------------------- helpers

    def _screen_in_use(self) -> Any:
        """The one the pointer is on."""
        under = self._gui.QGuiApplication.screenAt(self._gui.QCursor.pos())
        return next((screen for screen in self._screens if screen.frame == under), self._screens[0])

    def _after(self, delay_ms: int, callback: Callable[[], object]) -> None:
        self._core.QTimer.singleShot(delay_ms, callback)


def _key_filter(core: Any, on_key: Callable[[Any, Any], bool]) -> Any:
    """Sees every key press of the application before the page does."""

    class Filter(core.QObject):  # type: ignore[misc]  # Qt is not here when types are checked
        def eventFilter(self, watched: Any, event: Any) -> bool:
            # A press comes to the system's window first, and then once more to what has the focus in it.
            if event.type() == core.QEvent.Type.KeyPress and watched.isWindowType() and not event.isAutoRepeat():
                return on_key(event.key(), event.modifiers())
            return False

    return Filter()


def _post_office(core: Any) -> Any:
    """`sent.emit(callback)` from any thread calls it in the main thread."""

    class Post(core.QObject):  # type: ignore[misc]  # as above
        sent = core.Signal(object)

        def deliver(self, callback: Callable[[], object]) -> None:
            callback()

    post = Post()
    post.sent.connect(post.deliver, core.Qt.ConnectionType.QueuedConnection)
    return post


if __name__ == "__main__":
    sys.exit(main(sys.argv))
