"""Words of the printed form.  They are SAT's own, so they stay in Spanish in every language."""

from __future__ import annotations

#: TipoDeComprobante -> SAT's word for it.
KINDS = {"I": "Ingreso", "E": "Egreso", "T": "Traslado", "N": "Nómina", "P": "Pago"}
#: TipoDeComprobante -> what the reader calls the document.
TITLES = {"I": "Factura", "E": "Nota de crédito", "P": "Comprobante de pago"}
TITLE_GLOBAL = "Factura global"
#: SAT's c_Exportacion.
EXPORTS = {
    "01": "No aplica",
    "02": "Definitiva con clave A1",
    "03": "Temporal",
    "04": "Definitiva con clave distinta a A1",
}
LABELS = {
    "kind": "CFDI 4.0 de tipo",
    "uuid": "Folio fiscal (UUID)",
    "issued": "Fecha de emisión",
    "stamped": "Fecha de certificación",
    "place": "Lugar de expedición",
    "receiver": "Receptor",
    "rfc": "RFC",
    "regime": "Régimen fiscal",
    "use": "Uso del CFDI",
    "zip": "Domicilio fiscal (C.P.)",
    "quantity": "Cant.",
    "unit": "Unidad",
    "product": "Clave SAT",
    "description": "Descripción",
    "price": "Valor unitario",
    "amount": "Importe",
    "discount": "Descuento",
    "subtotal": "Subtotal",
    "total": "Total",
    "total_paid": "Total pagado",
    "form": "Forma de pago",
    "method": "Método de pago",
    "currency": "Moneda",
    "exchange": "tipo de cambio",
    "conditions": "Condiciones de pago",
    "export": "Exportación",
    "period": "Periodicidad",
    "months": "Meses",
    "year": "Año",
    "relations": "CFDI relacionados",
    "payment": "Pago",
    "paid_on": "Fecha de pago",
    "paid_amount": "Monto",
    "paid_document": "Documento pagado",
    "instalment": "Parc.",
    "before": "Saldo anterior",
    "paid": "Pagado",
    "after": "Saldo insoluto",
    "equivalence": "equivalencia",
    "payment_taxes": "Impuestos del pago",
    "certification": "Certificación",
    "csd": "Certificado del emisor",
    "sat_csd": "Certificado del SAT",
    "pac": "RFC del proveedor de certificación",
    "seal_cfdi": "Sello digital del CFDI",
    "seal_sat": "Sello digital del SAT",
    "cadena": "Cadena original del complemento de certificación digital del SAT",
    "legend": "Este documento es una representación impresa de un CFDI",
    "cancelled": "CANCELADO",
    "cancelled_note": "CFDI cancelado ante el SAT: no tiene efectos fiscales",
    "qr": "Verifica este CFDI en el portal del SAT",
    "page": "Página",
    "of": "de",
}
