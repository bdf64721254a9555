"""How sure a score is: what the same lists would score if labels were shuffled, and if users were others.

Null model: the labels of an attribute (the rows of M_a of its labelled items) are exchanged among items of
about the same popularity; lists and users stay. Which items have a label stays too, so that a share, which
is taken of a list's labelled mass, is linear in the labels.

`strata` who exchanges with whom; `null` the shuffles; `cumulants` their moments in closed form; `entropies`
what they do to the entropies of lists; `tails` from moments to p; `discovery` from p to q; `bootstrap` the
intervals; `evidence` one attribute's p values from all of these.
"""
