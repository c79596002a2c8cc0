"""Authorized requests to Oyster's API: renewed tokens, kept rates, repetition where it does no harm."""

import time
from contextlib import suppress
from typing import Any, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ingest.oyster.answers import read_answer
from ingest.oyster.credentials import Application, TokenFile, Tokens
from ingest.oyster.errors import (
    InvalidTokenError,
    Problem,
    RejectedError,
    ServerFailedError,
    TooManyRequestsError,
    UnexpectedAnswerError,
    UnreachableError,
)
from ingest.oyster.limits import Now, RateLimit, Sleep
from ingest.settings import SettingsError

_ATTEMPTS = 5
_SECRET = {"client_secret", "refresh_token", "code", "sharedSecret"}
_RENEW_BEFORE_SECONDS = 60
_PATIENCE_SECONDS = 15 * 60
"""Thrice the window of the limit: who is told to wait longer is told so, instead of seeing nothing happen."""
_BACKOFF = wait_random_exponential(multiplier=0.5, max=30)


class Session:
    """One HTTP client for one application. Use it as a context manager, so that its connections are closed."""

    def __init__(
        self, application: Application, tokens: TokenFile, *, sleep: Sleep = time.sleep, now: Now = time.time
    ) -> None:
        """Take the application and the place of its tokens; a test may bring its own clock."""
        self._application, self._file = application, tokens
        self._sleep, self._now = sleep, now
        self._limit = RateLimit(sleep)
        self._client = _client(application.api_url)
        self._tokens: Tokens | None = tokens.read()

    def __enter__(self) -> Self:
        """Give the session itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    def call(self, method: str, url: str, **request: Any) -> Any:
        """The JSON of an answer (None where it has none). Raises `OysterError`.

        429 is waited out as told, for up to fifteen minutes; a request that changes nothing is repeated after failures
        of the network or of Oyster's side, others only where it is sure that they never arrived.
        """
        call = f"{method} {httpx.URL(url).path}"
        idempotent = method in {"GET", "DELETE"}
        retrying = Retrying(
            retry=retry_if_exception(lambda error: _worth_repeating(error, idempotent=idempotent)),
            wait=_pause,
            stop=stop_after_attempt(_ATTEMPTS),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._authorized, call, method, url, request)

    def authorize(self, code: str) -> Tokens:
        """Exchange the code of a new authorization for tokens, and keep them."""
        with self._file.locked():
            return self._grant({"grant_type": "authorization_code", "code": code})

    def _authorized(self, call: str, method: str, url: str, request: dict[str, Any]) -> Any:
        """One request with a valid token; a token that was refused is renewed once."""
        tokens = self._valid_tokens()
        try:
            return self._exchange(call, method, url, tokens.access_token, request)
        except InvalidTokenError:
            tokens = self._renew(refused=tokens)
            return self._exchange(call, method, url, tokens.access_token, request)

    def _exchange(self, call: str, method: str, url: str, access_token: str | None, request: dict[str, Any]) -> Any:
        headers = {"accept": "application/json"}
        if access_token is not None:
            headers["authorization"] = f"Bearer {access_token}"
        self._limit.wait()
        try:
            with self._client.stream(method, url, headers=headers, **request) as answer:
                return read_answer(call, answer, _secrets(access_token, request))
        except httpx.TransportError as error:
            sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            raise UnreachableError(call, str(error) or type(error).__name__, sent=sent) from error

    def _valid_tokens(self) -> Tokens:
        tokens = self._tokens
        if tokens is not None and tokens.expires_at - _RENEW_BEFORE_SECONDS > self._now():
            return tokens
        return self._renew(refused=tokens)

    def _renew(self, refused: Tokens | None) -> Tokens:
        """New tokens for the refresh token; those that another process has fetched meanwhile are taken instead."""
        with self._file.locked():
            kept = self._file.read()
            if kept is not None and (refused is None or kept.access_token != refused.access_token):
                self._tokens = kept
                if kept.expires_at - _RENEW_BEFORE_SECONDS > self._now():
                    return kept
            first = self._application.refresh_token
            refresh_tokens = [kept.refresh_token] if kept else []
            if first is not None and first.get_secret_value() not in refresh_tokens:
                refresh_tokens.append(first.get_secret_value())
            if not refresh_tokens:
                problem = "is not set: authorize the application in Oyster, and give the refresh token it answers with"
                raise SettingsError("NACRE_OYSTER_REFRESH_TOKEN", problem)
            return self._first_granted(refresh_tokens)

    def _first_granted(self, refresh_tokens: list[str]) -> Tokens:
        """The grant of the first refresh token that is still valid: the one kept, else that of the environment."""
        *others, last = refresh_tokens
        for refresh_token in others:
            with suppress(InvalidTokenError):
                return self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token})
        return self._grant({"grant_type": "refresh_token", "refresh_token": last})

    def _grant(self, form: dict[str, str]) -> Tokens:
        application, call = self._application, "POST /oauth2/token"
        secret = application.client_secret.get_secret_value()
        form |= {"client_id": application.client_id, "client_secret": secret, "redirect_uri": application.redirect_uri}
        with self._file.replacing() as replacement:
            try:
                told = self._exchange(call, "POST", "/oauth2/token", None, {"data": form})
            except RejectedError as error:
                raise InvalidTokenError(call, error.status, error.problems) from None
            try:
                expires_at = self._now() + float(told["expires_in"])
                tokens = Tokens(told["access_token"], told["refresh_token"], expires_at, str(told.get("scope", "")))
            except (KeyError, TypeError, ValueError, OverflowError):
                raise UnexpectedAnswerError(call, 200, (Problem("the tokens are not as documented"),)) from None
            replacement.keep(tokens)
        self._tokens = tokens
        return tokens


def _client(api_url: str) -> httpx.Client:
    """A client by the environment's proxies and certificates. Raises `SettingsError`, which shows no proxy's secret."""
    try:
        return httpx.Client(base_url=api_url, timeout=httpx.Timeout(30.0, connect=10.0))
    except (ValueError, ImportError, httpx.InvalidURL):
        problem = (
            "names no proxy that can be used, such as http://host:port (or NO_PROXY no hosts); SOCKS is not spoken"
        )
        raise SettingsError("HTTP_PROXY, HTTPS_PROXY or ALL_PROXY", problem) from None
    except OSError as error:
        problem = f"or SSL_CERT_DIR or SSLKEYLOGFILE cannot be used: {error.strerror}"
        raise SettingsError("SSL_CERT_FILE", problem) from None


def _secrets(access_token: str | None, request: dict[str, Any]) -> tuple[str, ...]:
    """What a request carries that nobody may read: a server may repeat it in its error."""
    bodies = (part for part in request.values() if isinstance(part, dict))
    sent = [value for body in bodies for key, value in body.items() if key in _SECRET]
    return tuple(filter(None, [access_token, *sent]))


def _worth_repeating(error: BaseException, *, idempotent: bool) -> bool:
    if isinstance(error, TooManyRequestsError):
        return error.retry_after is None or error.retry_after <= _PATIENCE_SECONDS
    if isinstance(error, UnreachableError):
        return error.call != "POST /oauth2/token" and (idempotent or not error.sent)
    return isinstance(error, ServerFailedError) and idempotent and error.call != "POST /oauth2/token"


def _pause(state: RetryCallState) -> float:
    """As long as Oyster asked for, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TooManyRequestsError) and error.retry_after is not None:
        return error.retry_after
    return _BACKOFF(state)
