using Microsoft.Extensions.Options;
using Orchestrator.Messaging;

namespace Orchestrator.Grains;

/// <summary>
/// The clock that leases run by. It stands still while this process is cut off from the bus, because then the silence of the
/// workers says nothing about them, and it is set back by one lease when the bus returns, so that everybody can be heard first.
/// </summary>
public sealed class LeaseClock(IBusHealth bus, IOptions<ControlPlaneOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private DateTimeOffset? _downSince;
    private TimeSpan _behind;

    /// <summary>Lease time. Only differences mean something, and only within this process.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
            {
                var now = time.GetUtcNow();
                if (!bus.Up)
                {
                    _downSince ??= now;
                    return _downSince.Value - _behind;
                }
                if (_downSince is { } since)
                {
                    _behind += now - since + options.Value.Lease;
                    _downSince = null;
                }
                return now - _behind;
            }
        }
    }
}
