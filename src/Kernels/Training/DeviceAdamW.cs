using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>
/// AdamW as about a dozen tensor operations over the flat buffer, for devices where a launch costs more than an element.
/// Coefficients are tensors, one column per member, spread over the elements by index if there is more than one member.
/// </summary>
internal sealed class DeviceAdamW : IAdamW
{
    private readonly ParameterBuffer _buffer;
    private readonly Tensor? _memberOf;     // [S*P]: which member an element belongs to
    private readonly Tensor _decays;        // [S*P]: 1 where weight decay applies

    internal DeviceAdamW(ParameterBuffer buffer)
    {
        using var scope = NewDisposeScope();
        _buffer = buffer;
        var device = buffer.Flat.device;
        Moment1 = zeros_like(buffer.Flat).DetachFromDisposeScope();
        Moment2 = zeros_like(buffer.Flat).DetachFromDisposeScope();
        _memberOf = buffer.Members == 1 ? null : cat([.. buffer.Layout.Parameters.Select(parameter =>
            tensor([.. Enumerable.Range(0, buffer.Members).Select(member => (long)member)]).repeat_interleave(parameter.Length))]).to(device).DetachFromDisposeScope();
        _decays = cat([.. buffer.Layout.Parameters.Select(parameter =>
            full([(long)buffer.Members * parameter.Length], (parameter.Decays ? 1 : 0).Held(), ScalarType.Float32))]).to(device).DetachFromDisposeScope();
    }

    public Tensor Moment1 { get; }
    public Tensor Moment2 { get; }

    public void Step(IReadOnlyList<Tensor> gradients, IReadOnlyList<AdamWCoefficients?> coefficients)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        // A member that stays: averages keep everything, the step is 0, and its gradient (perhaps NaN) is masked out.
        var columns = coefficients.Select(c => c is { } use
            ? new[] { use.Beta1, 1 - use.Beta1, use.Beta2, 1 - use.Beta2, use.Eps, use.Keep - 1, use.StepSize, use.RootCorrection, 1 }
            : [1, 0, 1, 0, 1, 0, 0, 1, 0]).ToArray();
        var rows = columns[0].Length;
        var table = tensor([.. Enumerable.Range(0, rows).SelectMany(row => columns.Select(column => column[row]))], [rows, coefficients.Count])
            .to(_buffer.Flat.device);                                                       // [9, S]
        var spread = _memberOf is null ? table : table.index_select(1, _memberOf);          // [9, S*P], or [9, 1]
        var (beta1, rest1, beta2, rest2, eps, lose, step, correction, moves) =
            (spread[0], spread[1], spread[2], spread[3], spread[4], spread[5], spread[6], spread[7], spread[8]);

        var gradient = cat([.. gradients.Select(part => part.reshape(-1))]);                // [S*P]
        gradient = where(moves.gt(0.Held()), gradient, zeros_like(gradient));
        Moment1.mul_(beta1).Add(gradient * rest1);
        Moment2.mul_(beta2).Add(gradient * gradient * rest2);
        var update = Moment1 * step / (Moment2.sqrt() / correction).Plus(eps);
        _buffer.Flat.mul_((_decays * lose).Plus(1)).sub_(update);
    }

    public void Dispose()
    {
        Moment1.Dispose();
        Moment2.Dispose();
        _memberOf?.Dispose();
        _decays.Dispose();
    }
}
