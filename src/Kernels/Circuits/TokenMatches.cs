using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// Where attention would have to go: for every query i, the earlier places of its token D(i) = { j &lt; i : t_j = t_i } and the
/// induction targets right after them P(i) = { 1 ≤ j ≤ i : t_{j-1} = t_i } (math.md 5). Masks are 0 or 1, [batch, query, key].
/// </summary>
/// <param name="Duplicate">D(i).</param>
/// <param name="Induction">P(i).</param>
/// <param name="Repeats">Whether the query's token occurred before, so that neither set is empty [batch, query].</param>
public sealed record TokenMatches(Tensor Duplicate, Tensor Induction, Tensor Repeats)
{
    /// <summary>Finds the matches in token ids [batch, pos].</summary>
    public static TokenMatches Of(Tensor tokens, ScalarType precision)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var (batch, length) = (tokens.shape[0], tokens.shape[1]);
        var same = tokens.unsqueeze(2).eq(tokens.unsqueeze(1)).tril(-1).to_type(precision);        // [batch, query, key]
        var after = cat([zeros([batch, length, 1], precision, same.device), same.narrow(2, 0, length - 1)], 2);
        return new(same, after, same.amax([2]));
    }
}
