import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

import { geometry, WINDOW } from "./live_plot";

const URL = "/my/isp/traffic/live";
const NS = "http://www.w3.org/2000/svg";
const MESSAGES = ["down", "unmeasured", "offline"];
const SPEAK_EVERY = 30000;
const ROWS = 5;

function mbps(bps) {
    return (bps / 1e6).toFixed(1);
}

function clock(milliseconds) {
    return new Date(milliseconds).toTimeString().slice(0, 8);
}

function shape(tag, attributes) {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) {
        node.setAttribute(name, value);
    }
    return node;
}

/**
 * Live page of one service: asks for new points every few seconds while somebody looks.
 * It stops when the tab is hidden and on «Pause», and goes on when the tab is seen again.
 */
export class LiveTraffic extends Interaction {
    static selector = ".o_isp_traffic[data-measured='1']";
    dynamicContent = {
        _document: { "t-on-visibilitychange": this.onVisibility },
        "[data-isp-toggle]": { "t-on-click": this.onToggle },
    };

    setup() {
        const data = this.el.dataset;
        this.step = Number(data.step);
        this.contracted = Number(data.contracted) || 0;
        this.subscriptionId = Number(data.subscriptionId);
        this.points = [];
        this.peak = null;
        this.running = false;
        this.round = 0;
        this.spoken = 0;
        this.byUser = false;
    }

    start() {
        this.draw(Date.now());
        this.run();
    }

    destroy() {
        this.pause();
    }

    run() {
        this.running = true;
        this.round += 1;
        this.render();
        this.poll(this.round);
    }

    pause() {
        this.running = false;
        this.round += 1;
        this.render();
    }

    onToggle() {
        this.byUser = this.running;
        return this.running ? this.pause() : this.run();
    }

    onVisibility() {
        if (document.hidden) {
            this.pause();
        } else if (!this.byUser && !this.running) {
            this.run();
        }
    }

    async poll(round) {
        let answer = null;
        try {
            const last = this.points[this.points.length - 1];
            const params = { subscription_id: this.subscriptionId, since: last ? last.t : 0 };
            answer = await this.waitFor(rpc(URL, params, { silent: true }));
        } catch {
            this.message("offline");
        }
        if (round !== this.round || this.isDestroyed) {
            return;
        }
        if (answer) {
            this.take(answer);
        }
        this.waitForTimeout(() => round === this.round && this.poll(round), this.step);
    }

    take({ state, points, now }) {
        const last = this.points.length ? this.points[this.points.length - 1].t : 0;
        for (const [t, d, u] of points) {
            if (t > last) {
                this.points.push({ t, d, u });
            }
        }
        this.points = this.points.filter((point) => point.t >= now - WINDOW);
        this.message(MESSAGES.includes(state) ? state : null);
        this.draw(now);
    }

    message(name) {
        for (const key of MESSAGES) {
            this.show(key, key === name);
        }
    }

    show(name, visible) {
        for (const node of this.el.querySelectorAll(`[data-isp-show="${name}"]`)) {
            node.hidden = !visible;
        }
    }

    text(name, value) {
        this.el.querySelector(`[data-isp-text="${name}"]`).textContent = value;
    }

    render() {
        this.el.classList.toggle("is-paused", !this.running);
        this.show("live", this.running);
        this.show("paused", !this.running);
    }

    draw(now) {
        const known = this.points.filter((point) => point.d !== null && point.u !== null);
        const last = known[known.length - 1];
        const current = last && now - last.t < this.step * 4 ? last : null;
        this.text("down", current ? mbps(current.d) : "–");
        this.text("up", current ? mbps(current.u) : "–");
        this.show("last", Boolean(last));
        if (last) {
            this.text("time", clock(last.t));
            this.drawPeak(known);
        }
        if (current) {
            this.speak(current, now);
        }
        this.drawPlot(geometry(this.points, now, this.contracted, this.step));
        this.drawTable(known);
    }

    drawPeak(known) {
        for (const point of known) {
            if (!this.peak || point.d > this.peak.d) {
                this.peak = point;
            }
        }
        this.text("peak", mbps(this.peak.d));
        this.text("peak_time", clock(this.peak.t));
        this.show("peak_time", true);
    }

    drawPlot(plot) {
        const axis = this.el.querySelector("[data-isp-axis]");
        axis.replaceChildren(
            ...plot.marks.map((mark) => {
                const node = document.createElement("span");
                node.textContent = mark;
                return node;
            })
        );
        const steps = plot.marks.length - 1;
        const nodes = plot.gaps.map((gap) =>
            shape("rect", { class: "o_isp_gap", x: gap.x, width: gap.width, y: 0, height: 100 })
        );
        for (let n = 0; n <= steps; n++) {
            nodes.push(shape("path", { class: "o_isp_g", d: `M0 ${(100 * n) / steps}H100` }));
        }
        if (plot.plan !== null) {
            nodes.push(shape("path", { class: "o_isp_plan_line", d: `M0 ${plot.plan}H100` }));
        }
        nodes.push(shape("path", { class: "o_isp_area", d: plot.area }));
        nodes.push(shape("path", { class: "o_isp_dl_line", d: plot.down }));
        nodes.push(shape("path", { class: "o_isp_ul_line", d: plot.up }));
        this.el.querySelector("[data-isp-plot]").replaceChildren(...nodes);
    }

    drawTable(known) {
        const rows = [];
        let next = Infinity;
        for (const point of [...known].reverse()) {
            if (point.t > next || rows.length === ROWS) {
                continue;
            }
            next = point.t - 60000;
            const row = document.createElement("tr");
            for (const value of [
                clock(point.t),
                `${mbps(point.d)} Mbps`,
                `${mbps(point.u)} Mbps`,
            ]) {
                row.insertCell().textContent = value;
            }
            rows.push(row);
        }
        this.el.querySelector("[data-isp-table]").replaceChildren(...rows);
    }

    speak(point, now) {
        if (now - this.spoken < SPEAK_EVERY) {
            return;
        }
        this.spoken = now;
        this.el.querySelector("[data-isp-spoken]").textContent =
            `↓ ${mbps(point.d)} Mbps, ↑ ${mbps(point.u)} Mbps`;
    }
}

registry.category("public.interactions").add("isp_traffic.live", LiveTraffic);
