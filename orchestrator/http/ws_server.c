// SPDX-License-Identifier: Apache-2.0
// The WebSocket side of a connection (RFC 6455). Loop thread.
#include "orchestrator/http/http_priv.h"

bool
http_is_upgrade(const struct http_request *r)
{
	return http_list_has(http_field_get(r, "upgrade"), "websocket") &&
	       http_list_has(http_field_get(r, "connection"), "upgrade");
}

int
http_check_upgrade(const struct http_request *r, struct err *err)
{
	if (!http_is_upgrade(r))
		return err_set(err, ERR_UPGRADE_REQUIRED, NULL);
	return err_set(err, ERR_NOT_IMPLEMENTED, NULL);
}

void
http_upgrade(struct http_exchange *x, const struct http_ws *w)
{
	struct http_reply r = {.status = 501};

	http_reply(x, &r);
	if (w->closed)
		w->closed(w->arg);
}
