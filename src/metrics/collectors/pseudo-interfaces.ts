/**
 * Loopback, and the ends of what containers, virtual machines, tunnels of the kernel and macOS' own services create by
 * themselves. VPNs, bonds and VLANs are kept.
 */
const pseudo = new RegExp(
  `^(lo\\d*$|Loopback|veth|docker|podman|br-|virbr|vnet|vif|tap|fwbr|fwln|fwpr|cni|flannel|cali|cilium|lxc|lxdbr|kube
   |nodelocaldns|ifb|dummy|sit|ip6tnl|ip6_vti|ip_vti|ip6gre|tunl|gre|erspan|teql
   |awdl|llw|anpi|ap\\d|bridge\\d|gif|stf|pktap|XHC)`.replaceAll(/\s/g, ''),
);

/** Whether an interface of that name says nothing about the machine's own traffic. */
export function isPseudoInterface(name: string): boolean {
  return pseudo.test(name);
}
