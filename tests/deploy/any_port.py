"""Scrapyd's own application on a free port. To Scrapyd itself `http_port = 0` means no TCP at all."""

from scrapyd.app import application as scrapyd_application
from scrapyd.config import Config
from twisted.application.internet import TCPServer
from twisted.application.service import Application, IServiceCollection


def application(config: Config) -> Application:
    """Return it; the log then says which port it is ("Site starting on ...")."""
    app = scrapyd_application(config)
    for service in IServiceCollection(app):
        if isinstance(service, TCPServer):
            service.args = (0, *service.args[1:])
    return app
