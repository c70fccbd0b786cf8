package main

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	corev1listers "k8s.io/client-go/listers/core/v1"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	duckv1alpha1 "knative.dev/eventing/pkg/apis/duck/v1alpha1"
	"knative.dev/eventing/pkg/scheduler"
	"knative.dev/eventing/pkg/scheduler/statefulset"
	"knative.dev/pkg/client/injection/kube/client/fake"
	"knative.dev/pkg/logging"
	"knative.dev/pkg/reconciler"
)

const (
	namespace = "bench"
	name      = "dispatcher"
)

// vpod is a group as Knative's scheduler sees it.
type vpod struct {
	key        types.NamespacedName
	vreplicas  int32
	placements []duckv1alpha1.Placement
}

func (v *vpod) GetDeletionTimestamp() *metav1.Time      { return nil }
func (v *vpod) GetKey() types.NamespacedName            { return v.key }
func (v *vpod) GetVReplicas() int32                     { return v.vreplicas }
func (v *vpod) GetPlacements() []duckv1alpha1.Placement { return v.placements }
func (v *vpod) GetResourceVersion() string              { return "1" }

// pool is a StatefulSet with its pods behind Knative's scheduler, and a list of groups.
type pool struct {
	ctx       context.Context
	close     context.CancelFunc
	scheduler scheduler.Scheduler
	vpods     []*vpod
	pods      int
}

func newPool(pods, capacity int) (*pool, error) {
	replicas := int32(pods)
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	set.Spec.Replicas = &replicas
	ctx, cancel := context.WithCancel(logging.WithLogger(context.Background(), zap.NewNop().Sugar()))
	ctx, client := fake.With(ctx, set)
	client.PrependReactor("get", "statefulsets", func(action clientgotesting.Action) (bool, runtime.Object, error) {
		if action.GetSubresource() != "scale" {
			return false, nil, nil
		}
		return true, &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}, nil
	})
	p := &pool{ctx: ctx, close: cancel, pods: pods}
	config := &statefulset.Config{
		StatefulSetNamespace: namespace,
		StatefulSetName:      name,
		ScaleCacheConfig:     scheduler.ScaleCacheConfig{RefreshPeriod: time.Hour},
		PodCapacity:          int32(capacity),
		RefreshPeriod:        time.Hour,
		RetryPeriod:          time.Hour,
		VPodLister:           p.list,
		PodLister:            podLister(pods),
		Evictor:              func(*corev1.Pod, scheduler.VPod, *duckv1alpha1.Placement) error { return nil },
	}
	var err error
	if p.scheduler, err = statefulset.New(ctx, config); err != nil {
		cancel()
		return nil, err
	}
	leader, ok := p.scheduler.(reconciler.LeaderAware)
	if !ok {
		cancel()
		return nil, fmt.Errorf("the scheduler takes no leadership")
	}
	return p, leader.Promote(reconciler.UniversalBucket(), func(reconciler.Bucket, types.NamespacedName) {})
}

// podLister lists pods on a node each, in zones in turn.
func podLister(pods int) corev1listers.PodNamespaceLister {
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for i := range pods {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("%s-%d", name, i)}}
		pod.Spec.NodeName = fmt.Sprintf("node-%d", i)
		pod.Status.Phase = corev1.PodRunning
		if err := indexer.Add(pod); err != nil {
			panic(err)
		}
	}
	return corev1listers.NewPodLister(indexer).Pods(namespace)
}

func (p *pool) list() ([]scheduler.VPod, error) {
	all := make([]scheduler.VPod, len(p.vpods))
	for i, v := range p.vpods {
		all[i] = v
	}
	return all, nil
}

func (p *pool) add(group string, vreplicas int32) {
	p.vpods = append(p.vpods, &vpod{key: types.NamespacedName{Namespace: "groups", Name: group}, vreplicas: vreplicas})
}

// schedule decides about one group and stores the result, as its reconciler does.
func (p *pool) schedule(i int) error {
	placements, err := p.scheduler.Schedule(p.ctx, p.vpods[i])
	if err != nil {
		return fmt.Errorf("group %d: %w", i, err)
	}
	p.vpods[i].placements = placements
	return nil
}

// placeEvenly gives the groups from `first` on placements that nothing decided.
func (p *pool) placeEvenly(first int) {
	for i := first; i < len(p.vpods); i++ {
		v := p.vpods[i]
		for r := range v.vreplicas {
			pod := fmt.Sprintf("%s-%d", name, (i*int(v.vreplicas)+int(r))%p.pods)
			v.placements = append(v.placements, duckv1alpha1.Placement{PodName: pod, VReplicas: 1})
		}
	}
}

func (p *pool) placed() int {
	sum := int32(0)
	for _, v := range p.vpods {
		sum += scheduler.GetTotalVReplicas(v.placements)
	}
	return int(sum)
}
