// What the modules of the till hand to one another. Types only.

/**
 * @typedef {object} Words texts of the page, finished or with named places: "%(balance)s of %(goal)s"
 * @property {string} progress
 * @property {string} reward_ready
 * @property {string} already
 * @property {string} not_stamped
 * @property {string} not_redeemed
 * @property {string} not_known
 * @property {string} not_accepted
 * @property {string} redeemed
 * @property {string} undone
 * @property {string} not_undone
 * @property {string} not_done
 * @property {string} until
 * @property {string} no_end
 * @property {string} from_next_visit
 * @property {string} not_answered
 * @property {string} not_answered_reason
 * @property {string} card_number
 * @property {string} till_name
 * @property {Record<"insecure" | "denied" | "absent" | "busy", string>} camera why there is no picture
 *
 * @typedef {object} Settings what the server says about this till
 * @property {string} language
 * @property {string} own_language the shop's own
 * @property {string} locale a tag with calendar and digits: "fa-IR-u-ca-persian-nu-arabext"
 * @property {string} time_zone the shop's
 * @property {string} currency
 * @property {number} decimals of the currency
 * @property {Record<string, string>} programs names by id
 * @property {boolean} asks_amount every program counts what was paid
 * @property {number} most_stamps that one visit may give
 * @property {number} most_minor the largest amount
 * @property {boolean} may_redeem
 * @property {boolean} may_undo
 * @property {number} undo_seconds
 * @property {string} csrf_token
 * @property {Words} words
 *
 * @typedef {object} VoucherBrief
 * @property {string} id
 * @property {"issued" | "active"} status
 * @property {Record<string, string>} title
 * @property {string | null} expires_at the first instant at which it is no longer valid
 *
 * @typedef {object} Voucher
 * @property {string} id
 * @property {string} code
 * @property {Record<string, string>} title
 * @property {string} status
 * @property {string | null} expires_at
 * @property {string | null} redeem_code for a till of another maker
 *
 * @typedef {object} Card
 * @property {string} id
 * @property {string} code
 * @property {string} number
 * @property {string} program
 * @property {{id: string, name: string | null} | null} customer
 * @property {number} balance
 * @property {number} goal
 * @property {VoucherBrief[]} vouchers
 *
 * @typedef {object} ScanIn
 * @property {string} code
 * @property {"auto" | "stamp" | "redeem"} [action]
 * @property {number} [stamps]
 * @property {{minor: number, currency: string}} [amount]
 * @property {string} [voucher]
 * @property {string} [occurred_at] when the code was read; without it, now
 *
 * @typedef {object} ScanOut
 * @property {"accepted" | "refused"} outcome
 * @property {string} sentence
 * @property {string | null} reason
 * @property {string | null} operation
 * @property {number} granted
 * @property {Card | null} card
 * @property {VoucherBrief[]} issued
 * @property {Voucher | null} voucher
 *
 * @typedef {object} Undone
 * @property {string} operation
 * @property {{balance?: number, goal?: number}} facts
 *
 * @typedef {object} Problem
 * @property {number} status
 * @property {string} code
 * @property {string} detail a sentence for the person at the till
 *
 * @typedef {{kind: "answer", body: any} | {kind: "problem", problem: Problem} | {kind: "stopped"}} Answer
 */

export {};
