import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";
import { useDebounced } from "@web/core/utils/timing";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { cents, change, isMoney, newMark, quickAmounts } from "./till_money";

const MODEL = "isp.till.session";

/** The cashier's screen: find the customer, see what is due, take the money, give change. */
export class TillDesk extends Component {
    static template = "isp_payments_mx.TillDesk";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.searchBox = useRef("search");
        this.keepLast = new KeepLast();
        this.state = useState({
            session: false,
            tills: [],
            forms: [],
            recent: [],
            currency: { id: 0, symbol: "$", digits: 2 },
            opening: {},
            query: "",
            results: [],
            chosen: 0,
            searched: false,
            customer: null,
            formId: 0,
            amount: "",
            handed: "",
            reference: "",
            busy: false,
            done: null,
        });
        this.mark = "";
        this.search = useDebounced(() => this.find(), 200);
        onWillStart(async () => this.fill(await this.call("action_desk_load")));
        // Ready to type as soon as the till is open, and again after each customer.
        useEffect(
            () => this.focusSearch(),
            () => [Boolean(this.state.session), this.state.customer === null]
        );
    }

    call(method, args = []) {
        return this.orm.call(MODEL, method, args);
    }

    fill(data) {
        Object.assign(this.state, data);
        for (const till of data.tills) {
            this.state.opening[till.id] = till.last ? till.last.toFixed(2) : "0.00";
        }
    }

    async reload() {
        this.fill(await this.call("action_desk_load"));
    }

    focusSearch() {
        this.searchBox.el?.focus();
    }

    // === Till ===

    canOpen(till) {
        return !this.state.busy && isMoney(this.state.opening[till.id]);
    }

    async openTill(till) {
        if (!this.canOpen(till)) {
            return;
        }
        await this.working(async () => {
            const opening = cents(this.state.opening[till.id]) / 100;
            this.fill(await this.call("action_desk_open", [till.id, opening]));
        });
    }

    async dialog(method) {
        const action = await this.orm.call(MODEL, method, [[this.state.session.id]]);
        await this.action.doAction(action, { onClose: () => this.reload() });
    }

    showSession() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: MODEL,
            res_id: this.state.session.id,
            views: [[false, "form"]],
        });
    }

    // === Search ===

    onSearchInput(ev) {
        this.state.query = ev.target.value;
        this.search();
    }

    async onSearchKey(ev) {
        const { results } = this.state;
        if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            ev.preventDefault();
            const step = ev.key === "ArrowDown" ? 1 : -1;
            this.state.chosen = Math.min(
                Math.max(this.state.chosen + step, 0),
                Math.max(results.length - 1, 0)
            );
        } else if (ev.key === "Enter") {
            ev.preventDefault();
            this.search.cancel();
            await this.find();
            const service = this.state.results[this.state.chosen];
            if (service) {
                await this.choose(service);
            }
        } else if (ev.key === "Escape") {
            this.next();
        }
    }

    async find() {
        const text = this.state.query.trim();
        const results = await this.keepLast.add(
            text ? this.call("action_desk_search", [text]) : []
        );
        this.state.results = results;
        this.state.searched = Boolean(text);
        this.state.chosen = Math.min(this.state.chosen, Math.max(results.length - 1, 0));
    }

    // === Customer ===

    async choose(service) {
        this.mark = newMark();
        const cash = this.state.forms.find((form) => form.kind === "cash") || this.state.forms[0];
        Object.assign(this.state, {
            done: null,
            formId: cash ? cash.id : 0,
            handed: "",
            reference: "",
        });
        await this.quote(service.id, null);
        this.state.results = [];
        this.state.searched = false;
    }

    async quote(id, plan) {
        const customer = await this.keepLast.add(this.call("action_desk_quote", [id, plan]));
        this.state.customer = customer;
        this.state.amount = customer.total.toFixed(this.state.currency.digits);
    }

    get plan() {
        return this.state.customer.services
            .filter((service) => service.paid)
            .map((service) => [service.id, service.months]);
    }

    setMonths(service, months) {
        service.months = Math.min(Math.max(months, 0), service.max_months);
        service.paid = true;
        return this.quote(this.state.customer.id, this.plan);
    }

    toggle(service) {
        service.paid = !service.paid;
        return this.quote(this.state.customer.id, this.plan);
    }

    // === Money ===

    get form() {
        return this.state.forms.find((form) => form.id === this.state.formId);
    }

    get isCash() {
        return this.form?.kind === "cash";
    }

    get amountCents() {
        return cents(this.state.amount);
    }

    get changeCents() {
        return change(this.amountCents, cents(this.state.handed));
    }

    get isShort() {
        return this.isCash && this.state.handed !== "" && this.changeCents < 0;
    }

    get quick() {
        return quickAmounts(this.amountCents);
    }

    money(value) {
        return formatCurrency(value / 100, this.state.currency.id);
    }

    handOver(value) {
        this.state.handed = (value / 100).toFixed(2);
    }

    get canPay() {
        const referenced = !this.form?.reference || this.state.reference.trim() !== "";
        return !this.state.busy && this.form && this.amountCents > 0 && !this.isShort && referenced;
    }

    async pay() {
        if (!this.canPay) {
            return;
        }
        const { customer } = this.state;
        await this.working(async () => {
            // The mark stays the same until an answer comes: pressed again, it is one payment.
            const done = await this.call("action_desk_pay", [
                {
                    subscription_id: customer.id,
                    plan: this.plan,
                    total: customer.total,
                    amount: this.amountCents / 100,
                    form_id: this.state.formId,
                    handed: this.isCash ? cents(this.state.handed) / 100 : 0,
                    reference: this.state.reference,
                    mark: this.mark,
                },
            ]);
            this.state.done = { ...done, customer: customer.customer };
            this.state.customer = null;
            this.state.query = "";
            await this.reload();
        });
        if (this.state.done) {
            await this.print(this.state.done);
        }
    }

    async print(payment) {
        const action = await this.orm.call("account.payment", "action_isp_print_receipt", [
            [payment.payment_id],
        ]);
        await this.action.doAction(action);
    }

    next() {
        Object.assign(this.state, {
            customer: null,
            done: null,
            query: "",
            results: [],
            searched: false,
        });
        this.focusSearch();
    }

    async working(task) {
        this.state.busy = true;
        try {
            await task();
        } finally {
            this.state.busy = false;
        }
    }

    get placeholder() {
        return _t("Name, phone, contract or reference…");
    }
}

registry.category("actions").add("isp_till_desk", TillDesk);
